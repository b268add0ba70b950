//! Ten recovery codes, shown once: copied, downloaded, and confirmed as saved before they go.

use crate::components::copy::CopyButton;
use crate::components::icon::{Glyph, Icon};
use leptos::prelude::*;

#[component]
pub(crate) fn RecoveryCodeList(codes: Vec<String>, saved: Callback<()>) -> impl IntoView {
    let text = codes.join("\n");
    // A file without a server: the text is its own address.
    let file = format!(
        "data:text/plain;charset=utf-8,{}",
        String::from(js_sys::encode_uri_component(&format!("Frontdesk recovery codes\n\n{text}\n")))
    );
    view! {
        <div class="form">
            <p>"Each code signs you in once when your authenticator is not at hand. They are never shown again: keep them where you keep passwords."</p>
            <ol class="codes" dir="ltr">
                {codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect_view()}
            </ol>
            <div class="row-acts">
                <CopyButton text=Signal::stored(text)/>
                <a class="button" href=file download="frontdesk-recovery-codes.txt" rel="external">
                    <Icon glyph=Glyph::Download/>
                    "Download"
                </a>
            </div>
            <div class="form-acts">
                <button class="button primary" type="button" autofocus on:click=move |_| saved.run(())>"I saved them"</button>
            </div>
        </div>
    }
}
