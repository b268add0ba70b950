use protocol::internal::{Documents, Hit, IndexedDocument, Passage, PutReply, Remember, Retire, Search};
use protocol::{AgentId, DocumentId, RunId, SourceId, WorkspaceId};

use super::*;
use crate::testing::Memory;
