//! People in a conversation: asking for one, waiting, being answered, coming back. Every change is one synchronous
//! block (state, frame, record), then it is sent.

use std::rc::Rc;

use domain::handover::{Moment, Move, Saying, Step, decide, is_silent, leaves_contact, next, say};
use domain::language::{self, Language, Visitor};
use domain::prompt::{Earlier, MAX_TURNS};
use platform::{Failure, clock, log, random};
use protocol::api::{Turn, TurnState};
use protocol::frame::ServerFrame;
use protocol::handover::{Alert, Handover, HandoverReason, Message, Speaker, Standing, Urgency};
use protocol::internal::{Admission, HandoverRecord, MessageRecord};
use protocol::lounge::Happening;
use protocol::{Code, MessageId, Problem};
use store::attendance::{self, Held, Known};
use store::thread::{self, Agenda};
use worker::Env;

use super::live::Live;
use super::{firewall, telling};

/// A visitor who says nothing for so many seconds has left.
const AWAY_SECONDS: u64 = 30 * 60;

/// A conversation about to change.
pub struct Scene {
    pub live: Rc<Live>,
    pub admission: Rc<Admission>,
    pub held: Held,
}

impl Scene {
    /// What there is; nothing where no visitor was ever admitted, or not for a day.
    pub fn of(live: &Rc<Live>) -> Result<Option<Self>, Failure> {
        let Some(admission) = live.admission()? else { return Ok(None) };
        Ok(Some(Self { live: Rc::clone(live), admission, held: attendance::held(&live.engine())? }))
    }

    /// Makes a move; who then has the conversation is the caller's to say.
    pub fn go(&mut self, by: Move) -> Result<(), Problem> {
        let standing = self.held.handover.standing;
        let to = next(standing, by).ok_or_else(|| Problem::new(Code::Conflict, over(standing)))?;
        self.held.handover = Handover { standing: to, since: clock::now_ms(), ..self.held.handover.clone() };
        (self.held.until, self.held.position) = (None, None);
        (self.held.offered, self.held.unsure) = (false, 0);
        if to != Standing::Human {
            self.held.handover.member = None;
        }
        Ok(())
    }

    /// The visitor writes after the end: what was before counts no more.
    fn reopen(&mut self) -> Result<(), Problem> {
        self.go(Move::Return)?;
        let Handover { standing, since, .. } = self.held.handover;
        self.held.handover = Handover { standing, since, ..Handover::default() };
        Ok(())
    }

    /// Stores and tells who the conversation is with now.
    pub fn settle(&mut self, alert: Option<Alert>) -> Result<(), Failure> {
        let held = &mut self.held;
        held.at = clock::now_ms().max(held.at + 1.0);
        let frame = frame(&self.live, held);
        let record = HandoverRecord {
            id: random::id(MessageId::ordered),
            identity: self.admission.identity.clone(),
            handover: held.handover.clone(),
            at: held.at,
            alert,
            said: held.said.clone(),
        };
        let json = attendance::change(&self.live.engine(), held, &record, &frame)?;
        self.live.broadcast(&frame, json);
        self.live.ring_soon();
        // Who waits does not wait for the next look.
        self.live.schedule_soon();
        let Handover { standing, since, .. } = held.handover;
        telling::tell(&self.live, Happening::Standing { standing, since });
        Ok(())
    }

    /// Stores and shows what concerns the visitor alone.
    pub fn show(&self) -> Result<(), Failure> {
        attendance::keep(&self.live.engine(), &self.held)?;
        let frame = frame(&self.live, &self.held);
        let json = thread::append(&self.live.engine(), None, &frame)?;
        self.live.broadcast(&frame, json);
        Ok(())
    }

    /// Says something outside of turns.
    pub fn say(
        &self,
        client_id: &str,
        from: Speaker,
        name: Option<String>,
        text: String,
    ) -> Result<Message, Failure> {
        let message = Message { id: random::id(MessageId::ordered), from, name, text, at: clock::now_ms() };
        let frame = ServerFrame::Message {
            n: self.live.next_number(),
            id: message.id.clone(),
            from,
            name: message.name.clone(),
            text: message.text.clone(),
            at_ms: message.at,
            message_id: (from == Speaker::Visitor).then(|| client_id.to_owned()),
        };
        let record = MessageRecord { identity: self.admission.identity.clone(), message: message.clone() };
        let json = attendance::say(&self.live.engine(), client_id, &record, &frame)?;
        self.live.broadcast(&frame, json);
        self.live.ring_soon();
        telling::tell(&self.live, Happening::Said { message: message.clone() });
        Ok(message)
    }

    /// The product's own words, in the visitor's language.
    pub fn tell(&self, saying: Saying) -> Result<(), Failure> {
        self.system(say(saying, self.language()?))
    }

    fn system(&self, text: String) -> Result<(), Failure> {
        // Nobody sends these, so nobody sends them twice: their id is new.
        self.say(random::id(MessageId::ordered).as_str(), Speaker::System, None, text).map(|_| ())
    }

    fn language(&self) -> Result<Language, Failure> {
        let engine = self.live.engine();
        let page = thread::page_language(&engine)?;
        let agent = &self.admission.agent.language;
        let browser = self.admission.accept_language.as_deref();
        let earlier = thread::earlier(&engine, u32::try_from(MAX_TURNS).unwrap_or(6))?;
        let questions = earlier.iter().flat_map(Earlier::asked);
        let said = Some(self.held.said.as_str()).filter(|said| !said.is_empty());
        Ok(language::spoken(&Visitor { page: page.as_deref(), browser, agent }, questions.chain(said)))
    }

    /// The visitor is asked for a way to reach them, in the agent's words where it has its own.
    fn ask_for_contact(&self) -> Result<(), Failure> {
        match self.admission.agent.handover.contact_message.trim() {
            "" => self.tell(Saying::LeaveContact),
            own => self.system(own.to_owned()),
        }
    }

    /// A person is wanted: the visitor waits, or is asked for a way to reach them where nobody is there.
    fn request(&mut self, step: Step) -> Result<(), Failure> {
        let agent = &self.admission.agent;
        let (wait_s, after_hours) = (agent.handover.wait_s, agent.after_hours_message.trim().to_owned());
        let open = clock::wall(&agent.hours.time_zone, clock::now_ms())
            .is_none_or(|now| domain::hours::is_open(&agent.hours, &now));
        // Whoever is asked for a way to be reached was told of already; what is urgent now was not.
        let told = self.held.capturing && (!step.alert || self.held.handover.urgency == step.urgency);
        (self.held.handover.reason, self.held.handover.urgency) = (Some(step.reason), step.urgency);
        if open {
            self.go(Move::Request)?;
            self.held.until = Some(clock::now_ms() + f64::from(wait_s) * 1_000.0);
            self.tell(Saying::Connecting(wait_s.div_ceil(60)))?;
            return self.settle((step.alert && !told).then_some(Alert::Urgent));
        }
        (self.held.capturing, self.held.offered) = (true, false);
        if after_hours.is_empty() {
            self.ask_for_contact()?;
        } else {
            self.system(after_hours)?;
        }
        self.settle((!told).then_some(if step.alert { Alert::Urgent } else { Alert::NobodyThere }))
    }
}

/// What the visitor is told of who the conversation is with.
fn frame(live: &Live, held: &Held) -> ServerFrame {
    ServerFrame::State {
        n: live.next_number(),
        standing: held.handover.standing,
        name: held.handover.member.as_ref().map(|member| member.name.clone()),
        offered: held.offered,
        until_ms: held.until,
        position: held.position,
        rating: held.handover.rating,
    }
}

fn over(standing: Standing) -> &'static str {
    match standing {
        Standing::Bot => "The agent has this conversation. Take it over first.",
        Standing::Waiting => "The visitor is waiting already.",
        Standing::Human => "A member has this conversation already.",
        Standing::Resolved | Standing::Abandoned => {
            "This conversation is over. When the visitor writes again, it can be taken over."
        }
    }
}

/// Before a message becomes a question to the agent: whether it was said to people instead.
pub fn hear(live: &Rc<Live>, id: &str, text: &str, page: Option<Language>) -> Result<bool, Failure> {
    match attendance::known(&live.engine(), id)? {
        Known::Turn => return Ok(false),
        Known::Message(_) => return Ok(true),
        Known::No => {}
    }
    let Some(mut scene) = Scene::of(live)? else { return Ok(false) };
    let silent = is_silent(scene.held.handover.standing);
    if !silent && live.is_running() {
        return Ok(false);
    }
    if next(scene.held.handover.standing, Move::Return).is_some() {
        scene.reopen()?;
        scene.settle(None)?;
    }
    let contact = !silent && scene.held.capturing && leaves_contact(text);
    let step = decide(&scene.admission.agent.handover, text, Moment::Asked).filter(|_| !silent && !contact);
    if !silent && !contact && step.is_none() {
        return Ok(false);
    }
    firewall::act(live)?;
    thread::touch(&live.engine(), clock::now_ms())?;
    thread::keep_page_language(&live.engine(), page.map_or("", Language::code))?;
    text.clone_into(&mut scene.held.said);
    // Whoever asks something beside it is answered as well.
    if contact && text.contains(['?', '？', '؟']) {
        scene.held.capturing = false;
        scene.settle(Some(Alert::ContactLeft))?;
        return Ok(false);
    }
    attendance::keep(&live.engine(), &scene.held)?;
    scene.say(id, Speaker::Visitor, None, text.to_owned())?;
    if let Some(step) = step {
        scene.request(step)?;
    } else if contact {
        scene.held.capturing = false;
        scene.tell(Saying::ContactKept)?;
        scene.settle(Some(Alert::ContactLeft))?;
    }
    Ok(true)
}

/// The visitor presses the button that asks for a person.
pub fn ask(live: &Rc<Live>) -> Result<(), Failure> {
    let Some(mut scene) = Scene::of(live)? else { return Ok(()) };
    if !scene.admission.agent.handover.enabled {
        let words = "This assistant has nobody to hand over to. Please use the contact details on this page.";
        return Err(Problem::new(Code::Invalid, words).into());
    }
    if is_silent(scene.held.handover.standing) {
        return Ok(());
    }
    if next(scene.held.handover.standing, Move::Return).is_some() {
        scene.reopen()?;
    }
    thread::touch(&live.engine(), clock::now_ms())?;
    super::turn::stop(live);
    let step = Step {
        connect: true,
        reason: scene.held.handover.reason.unwrap_or(HandoverReason::Asked),
        urgency: Urgency::Normal,
        alert: false,
    };
    scene.request(step)
}

/// The visitor says how good it was.
pub fn rate(live: &Rc<Live>, stars: u8) -> Result<(), Failure> {
    let Some(mut scene) = Scene::of(live)? else { return Ok(()) };
    if scene.held.handover.standing != Standing::Resolved || !(1..=5).contains(&stars) {
        let words = "A conversation is rated with 1 to 5 stars once it is resolved.";
        return Err(Problem::field("stars", words).into());
    }
    if scene.held.handover.rating == Some(stars) {
        return Ok(());
    }
    scene.held.handover.rating = Some(stars);
    scene.settle(None)
}

/// After an answer: whether a person is offered. A failure here leaves the answer as it is.
pub fn answered(live: &Rc<Live>, turn: &Turn) {
    let offered = || -> Result<(), Failure> {
        let Some(mut scene) = Scene::of(live)? else { return Ok(()) };
        if turn.state != TurnState::Finished || scene.held.handover.standing != Standing::Bot {
            return Ok(());
        }
        let held = &mut scene.held;
        let before = held.unsure;
        held.unsure = if turn.low_confidence { before + 1 } else { 0 };
        let moment = Moment::Answered { unsure: held.unsure };
        let step = decide(&scene.admission.agent.handover, &turn.question, moment);
        match step.filter(|step| !held.offered || step.alert) {
            Some(step) => {
                held.offered = true;
                (held.handover.reason, held.handover.urgency) = (Some(step.reason), step.urgency);
                turn.question.clone_into(&mut held.said);
                scene.settle(step.alert.then_some(Alert::Urgent))
            }
            None if held.unsure != before => Ok(attendance::keep(&live.engine(), held)?),
            None => Ok(()),
        }
    };
    if let Err(failure) = offered() {
        log::error("offer_failed", Some(turn.id.as_str()), &failure.to_string());
    }
}

/// After what silence a visitor has left.
#[allow(clippy::cast_precision_loss)]
pub fn away_ms(env: &Env) -> f64 {
    firewall::set(env, "AWAY_SECONDS", AWAY_SECONDS) as f64 * 1_000.0
}

/// When time changes something here next.
pub fn due(live: &Rc<Live>, agenda: Agenda) -> Result<Option<f64>, Failure> {
    let held = attendance::held(&live.engine())?;
    let goes_on = match held.handover.standing {
        Standing::Waiting => return Ok(held.until),
        Standing::Human => true,
        Standing::Bot => (agenda.answered.is_some() || held.offered || held.capturing) && !agenda.running,
        Standing::Resolved | Standing::Abandoned => false,
    };
    Ok(goes_on.then_some(agenda.touched + away_ms(&live.env)))
}

/// Time has changed something: nobody came, or the visitor left.
pub fn expire(live: &Rc<Live>) -> Result<(), Failure> {
    let agenda = thread::agenda(&live.engine())?;
    if due(live, agenda)?.is_none_or(|at| at > clock::now_ms()) {
        return Ok(());
    }
    let Some(mut scene) = Scene::of(live)? else { return Ok(()) };
    let held = &mut scene.held;
    if held.handover.standing != Standing::Waiting {
        // Whoever was answered well and says no more is done.
        let open = std::mem::take(&mut held.capturing) || held.offered || held.unsure > 0;
        let done = held.handover.standing == Standing::Bot && !open && agenda.answered == Some(true);
        scene.go(if done { Move::Resolve } else { Move::Leave })?;
        return scene.settle(None);
    }
    scene.go(Move::HandBack)?;
    let told = std::mem::replace(&mut scene.held.capturing, true);
    scene.ask_for_contact()?;
    scene.settle((!told).then_some(Alert::NobodyThere))
}
