//! What members are told of: beside whatever goes on, never awaited by it. A word that is lost is found in the
//! relations.

use std::rc::Rc;

use platform::{Failure, clock, log, objects};
use protocol::handover::Standing;
use protocol::internal::{LoungeHome, Queued, QueuedReply, Tell};
use protocol::lounge::Happening;
use store::attendance;
use wasm_bindgen_futures::spawn_local;

use super::handover::Scene;
use super::live::Live;

/// A visitor who keeps writing is told of once in this long.
const TYPING_MS: f64 = 2_000.0;

/// Tells the workspace's lounge.
pub fn tell(live: &Rc<Live>, what: Happening) {
    let live = Rc::clone(live);
    spawn_local(async move {
        let told = async {
            let Some(admission) = live.admission()? else { return Ok(()) };
            let identity = &admission.identity;
            let home = LoungeHome {
                workspace_id: identity.workspace_id.clone(),
                jurisdiction: admission.agent.jurisdiction,
            };
            let lounge = protocol::objects::lounge(&home.workspace_id, home.jurisdiction);
            let tell = Tell {
                home,
                agent_id: identity.agent_id.clone(),
                conversation_id: identity.conversation_id.clone(),
                what,
            };
            objects::call(&live.env, "LOUNGE", &lounge, &tell).await.map(|_| ())
        };
        let told: Result<(), Failure> = told.await;
        if let Err(failure) = told {
            log::error("lounge_not_told", None, &failure.to_string());
        }
    });
}

/// The visitor is writing: shown to the member who answers, kept nowhere.
pub fn typing(live: &Rc<Live>) -> Result<(), Failure> {
    let now = clock::now_ms();
    if now - live.typed.get() >= TYPING_MS
        && attendance::held(&live.engine())?.handover.standing == Standing::Human
    {
        live.typed.set(now);
        tell(live, Happening::Typing {});
    }
    Ok(())
}

/// The visitor's place in the queue, which the visitor sees.
pub fn queued(live: &Rc<Live>, message: &Queued) -> Result<QueuedReply, Failure> {
    let Some(mut scene) = Scene::of(live)? else { return Ok(QueuedReply { waiting: false }) };
    let waiting = scene.held.handover.standing == Standing::Waiting;
    if waiting && message.at > scene.held.counted_at && scene.held.position != Some(message.position) {
        (scene.held.position, scene.held.counted_at) = (Some(message.position), message.at);
        scene.show()?;
    }
    Ok(QueuedReply { waiting })
}
