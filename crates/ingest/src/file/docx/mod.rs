//! DOCX.
use super::{FileText, Refusal};

pub fn read(_bytes: &[u8]) -> Result<FileText, Refusal> {
    Err(Refusal::Empty)
}
