//! What lets us into a shop or a database.

use super::connected::as_it_is;
use crate::api;
use crate::components::form::{Form, FormBody, PasswordField, SubmitButton, TextField};
use leptos::prelude::*;
use protocol::api::{
    Integration, IntegrationConnect, IntegrationKind as Kind, IntegrationSecret, IntegrationSettings,
    IntegrationUpdate,
};

/// Where each thing is found.
fn hint(kind: Kind) -> &'static str {
    match kind {
        Kind::Shopify => {
            "In Shopify: Settings, Apps and sales channels, Develop apps. Create an app that may read_orders and read_products, install it and copy its Admin API access token."
        }
        Kind::Woocommerce => {
            "In WordPress: WooCommerce, Settings, Advanced, REST API. Add a key with the permission Read."
        }
        _ => {
            "Use a role that can only read: any other one is refused. A private database is reached through Hyperdrive, as in hyperdrive:ORDERS, once the operator of this installation has set it up."
        }
    }
}

/// What the form says; nothing where a field is empty, which is shown there.
fn typed(form: Form, kind: Kind) -> Option<IntegrationSecret> {
    let value = |name: &str| form.value(name).trim().to_owned();
    Some(match kind {
        Kind::Shopify => {
            let needed =
                [("shop", "Enter the shop\u{2019}s name."), ("access_token", "Enter the access token.")];
            form.complete(&needed).then(|| IntegrationSecret::Shopify {
                shop: value("shop"),
                access_token: value("access_token"),
            })?
        }
        Kind::Woocommerce => {
            let needed = [
                ("url", "Enter the shop\u{2019}s address."),
                ("consumer_key", "Enter the consumer key."),
                ("consumer_secret", "Enter the consumer secret."),
            ];
            form.complete(&needed).then(|| IntegrationSecret::Woocommerce {
                url: value("url"),
                consumer_key: value("consumer_key"),
                consumer_secret: value("consumer_secret"),
            })?
        }
        _ => form
            .complete(&[("connection", "Enter the connection string.")])
            .then(|| IntegrationSecret::Database { connection: value("connection") })?,
    })
}

#[component]
pub(super) fn LiveForm(
    open: RwSignal<bool>,
    kind: Kind,
    one: Option<Integration>,
    saved: impl Fn(Integration) + Copy + 'static,
) -> impl IntoView {
    let form = Form::new("live");
    let known = StoredValue::new(one.clone());
    let submit = move || {
        let Some(secret) = typed(form, kind) else { return };
        match known.get_value() {
            Some(one) => {
                let body = IntegrationUpdate { secret: Some(secret), ..as_it_is(&one) };
                form.send(api::integrations::update(one.id, body), saved);
            }
            None => {
                let body = IntegrationConnect {
                    kind,
                    secret: Some(secret),
                    settings: IntegrationSettings::default(),
                    events: Vec::new(),
                    agents: Vec::new(),
                };
                form.send(api::integrations::connect(body), saved);
            }
        }
    };
    let name = one.as_ref().map(|one| one.name.clone()).unwrap_or_default();
    let shop = name.strip_suffix(".myshopify.com").unwrap_or_default().to_owned();
    let url = if name.is_empty() { String::new() } else { format!("https://{name}") };
    let fields = match kind {
        Kind::Shopify => view! {
            <TextField form name="shop" label="Shop".to_owned() autofocus=true ltr=true value=shop placeholder="your-shop.myshopify.com"/>
            <PasswordField form name="access_token" label="Admin API access token" autocomplete="off"/>
        }
        .into_any(),
        Kind::Woocommerce => view! {
            <TextField form name="url" label="Address of the shop".to_owned() kind="url" autofocus=true ltr=true value=url placeholder="https://shop.example.com"/>
            <PasswordField form name="consumer_key" label="Consumer key" autocomplete="off"/>
            <PasswordField form name="consumer_secret" label="Consumer secret" autocomplete="off"/>
        }
        .into_any(),
        _ => view! {
            <PasswordField form name="connection" label="Connection string" autocomplete="off" hint="As in postgres://user:password@db.example.com:5432/shop"/>
        }
        .into_any(),
    };
    view! {
        <FormBody form submit>
            <p class="quiet">{hint(kind)}</p>
            {fields}
            <p class="field-hint">"It is tried now, then stored sealed and never shown."</p>
            <div class="form-acts">
                <button class="button" type="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <SubmitButton form label=if one.is_none() { "Connect" } else { "Save" }.to_owned() busy="Trying it\u{2026}"/>
            </div>
        </FormBody>
    }
}
