//! Signatures of others, checked by the runtime's own Web Crypto.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    fn import_key(
        format: &str,
        key: &JsValue,
        algorithm: &JsValue,
        extractable: bool,
        usages: &JsValue,
    ) -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = verify, catch)]
    fn verify(
        algorithm: &JsValue,
        key: &JsValue,
        signature: &js_sys::Uint8Array,
        data: &js_sys::Uint8Array,
    ) -> Result<js_sys::Promise, JsValue>;
}

const ALGORITHM: &str = r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#;

/// Whether `data` was signed (RS256, RFC 7518 section 3.3) with the RSA key of this modulus and exponent, both in
/// base64url as in a JWK. A key that is none signs nothing.
pub async fn is_rs256(modulus: &str, exponent: &str, data: &[u8], signature: &[u8]) -> bool {
    let jwk = serde_json::json!({ "kty": "RSA", "n": modulus, "e": exponent }).to_string();
    check(&jwk, data, signature).await.is_ok_and(|valid| valid.is_truthy())
}

async fn check(jwk: &str, data: &[u8], signature: &[u8]) -> Result<JsValue, JsValue> {
    let algorithm = js_sys::JSON::parse(ALGORITHM)?;
    let usages = js_sys::JSON::parse(r#"["verify"]"#)?;
    let key = import_key("jwk", &js_sys::JSON::parse(jwk)?, &algorithm, false, &usages)?;
    let key = JsFuture::from(key).await?;
    JsFuture::from(verify(&algorithm, &key, &signature.into(), &data.into())?).await
}
