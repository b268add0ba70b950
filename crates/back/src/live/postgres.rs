//! A connection to PostgreSQL over a Worker's socket: for one answer, then closed.
//!
//! A client of our own, and a narrow one: `tokio-postgres` weighs 193 KB (gzip) in a Worker and `postgres-protocol` alone
//! 104 KB, most of it tables for passwords outside of ASCII.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::postgres::frames::{self, Fault, Message, SSL_REQUEST};
use domain::postgres::scram::Scram;
use futures::future::{Either, select};
use platform::{clock, random};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use worker::Socket;

/// Bytes of all rows of one answer, and of one message of a server's.
const MAX_BYTES: usize = 1 << 20;
const MECHANISM: &str = "SCRAM-SHA-256";

/// Who asks for which database.
#[derive(Clone)]
pub struct Login {
    pub user: String,
    pub password: String,
    pub database: String,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Wrong {
    /// The connection broke, or never was.
    Unreachable,
    /// The server does not encrypt, or its certificate is not good for its name.
    NoTls,
    TimedOut,
    TooLarge,
    /// The server's own words: SQLSTATE and message.
    Said(String, String),
    Unexpected(&'static str),
}

impl From<io::Error> for Wrong {
    fn from(_: io::Error) -> Self {
        Self::Unreachable
    }
}

type Row = Vec<Option<String>>;

/// An open connection.
pub struct Connection {
    socket: Socket,
    buffer: Vec<u8>,
    deadline: f64,
}

impl Connection {
    /// Logs in over an open socket. With `tls`, nothing but the wish to encrypt is sent before it is encrypted.
    pub async fn open(socket: Socket, login: &Login, tls: bool, deadline: f64) -> Result<Self, Wrong> {
        let mut connection = Self { socket, buffer: Vec::new(), deadline };
        if tls {
            connection = connection.encrypted().await?;
        }
        let entered = connection.enter(login, tls).await;
        // A handshake that fails is seen where the first words should go over it.
        let is_handshake = |wrong: &Wrong| tls && matches!(wrong, Wrong::Unreachable);
        entered.map_err(|wrong| if is_handshake(&wrong) { Wrong::NoTls } else { wrong })?;
        connection.ready().await?;
        Ok(connection)
    }

    async fn encrypted(mut self) -> Result<Self, Wrong> {
        self.send(&SSL_REQUEST).await?;
        self.fill().await?;
        // One letter and no more: what came in the clear after it is somebody else's.
        if self.buffer != b"S" {
            return Err(Wrong::NoTls);
        }
        let Self { socket, deadline, .. } = self;
        Ok(Self { socket: socket.start_tls(), buffer: Vec::new(), deadline })
    }

    async fn enter(&mut self, login: &Login, tls: bool) -> Result<(), Wrong> {
        let parameters = [
            ("user", login.user.as_str()),
            ("database", login.database.as_str()),
            ("application_name", "frontdesk"),
            ("client_encoding", "UTF8"),
        ];
        self.send(&frames::startup(&parameters)).await?;
        let mut scram = Scram::new("", &login.password, &STANDARD.encode(random::bytes::<18>()));
        let mut is_known = false;
        loop {
            let (kind, data) = match self.next().await? {
                Message::Authentication(kind, data) => (kind, String::from_utf8_lossy(&data).into_owned()),
                Message::Wrong(code, message) => return Err(Wrong::Said(code, message)),
                Message::Other => continue,
                Message::Row(_) | Message::Ready => return Err(UNEXPECTED),
            };
            match kind {
                // Who was asked for a proof has to have given one, too.
                0 if is_known || scram.is_unused() => return Ok(()),
                // In the clear only where all of it is encrypted.
                3 if tls => self.send(&frames::password(&login.password)).await?,
                10 if data.split('\0').any(|one| one == MECHANISM) => {
                    self.send(&frames::sasl_first(MECHANISM, &scram.first())).await?;
                }
                11 => {
                    let answer = scram.answer(&data).ok_or(UNEXPECTED)?;
                    self.send(&frames::sasl_next(&answer)).await?;
                }
                12 if scram.is_answered(&data) => is_known = true,
                12 => return Err(UNEXPECTED),
                _ => return Err(Wrong::Unexpected(NO_WAY_IN)),
            }
        }
    }

    /// Runs statements that say nothing back.
    pub async fn run(&mut self, statements: &str) -> Result<(), Wrong> {
        self.send(&frames::query(statements)).await?;
        self.ready().await
    }

    /// Runs one statement with its arguments, each of its type's number; at most `most` rows come.
    pub async fn rows(
        &mut self,
        statement: &str,
        types: &[u32],
        values: &[Option<String>],
        most: u32,
    ) -> Result<Vec<Row>, Wrong> {
        self.send(&frames::execute(statement, types, values, most)).await?;
        self.all().await
    }

    /// Whether the server understands a statement; it is not run.
    pub async fn understand(&mut self, statement: &str, types: &[u32]) -> Result<(), Wrong> {
        self.send(&frames::understand(statement, types)).await?;
        self.ready().await
    }

    /// Says goodbye. Whoever does not hear it sees the connection end.
    pub async fn close(mut self) {
        let _ = self.send(&frames::terminate()).await;
        let _ = self.socket.close().await;
    }

    async fn ready(&mut self) -> Result<(), Wrong> {
        self.all().await.map(|_| ())
    }

    /// Reads until the server is ready for more: the rows that came, or the first thing that was wrong.
    async fn all(&mut self) -> Result<Vec<Row>, Wrong> {
        let (mut rows, mut wrong, mut bytes) = (Vec::new(), None, 0);
        loop {
            match self.next().await {
                Ok(Message::Ready) => return wrong.map_or(Ok(rows), Err),
                Ok(Message::Row(row)) => {
                    bytes += row.iter().flatten().map(String::len).sum::<usize>();
                    if bytes > MAX_BYTES {
                        return Err(Wrong::TooLarge);
                    }
                    rows.push(row);
                }
                Ok(Message::Wrong(code, message)) => wrong = wrong.or(Some(Wrong::Said(code, message))),
                Ok(Message::Authentication(..) | Message::Other) => {}
                // A server that ends the connection has said why.
                Err(other) => return Err(wrong.unwrap_or(other)),
            }
        }
    }

    async fn next(&mut self) -> Result<Message, Wrong> {
        loop {
            match frames::next(&mut self.buffer, MAX_BYTES) {
                Ok(Some(message)) => return Ok(message),
                Ok(None) => self.fill().await?,
                Err(Fault::TooLong) => return Err(Wrong::TooLarge),
                Err(Fault::Malformed) => return Err(UNEXPECTED),
            }
        }
    }

    /// Waits for more bytes.
    async fn fill(&mut self) -> Result<(), Wrong> {
        let left = left(self.deadline);
        let read = Box::pin(self.socket.read_buf(&mut self.buffer));
        match select(read, Box::pin(clock::sleep(left))).await {
            Either::Left((Ok(1..), _)) => Ok(()),
            Either::Left(_) => Err(Wrong::Unreachable),
            Either::Right(_) => Err(Wrong::TimedOut),
        }
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Wrong> {
        let left = left(self.deadline);
        let sent = Box::pin(self.socket.write_all(bytes));
        match select(sent, Box::pin(clock::sleep(left))).await {
            Either::Left((sent, _)) => Ok(sent?),
            Either::Right(_) => Err(Wrong::TimedOut),
        }
    }
}

const NO_WAY_IN: &str = "The server asks for a way to sign in that is not supported. Use scram-sha-256.";
const UNEXPECTED: Wrong = Wrong::Unexpected("The server's answer has another form than it should.");

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn left(deadline: f64) -> u64 {
    (deadline - clock::ticks_ms()).max(1.0) as u64
}
