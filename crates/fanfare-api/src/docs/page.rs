//! The reference: one page with everything, operations folded.

use std::fmt::Write as _;

use serde_json::Value;

use super::markup::{blocks, code_block, escape, inline, page};
use super::shell::search_form;
use super::{errors, schema};

/// The whole page for a document.
pub(super) fn reference(document: &Value) -> String {
    let info = &document["info"];
    let title = info["title"].as_str().unwrap_or_default();
    let mut main = format!(
        "<header><h1>API reference</h1>{}<p><a href=\"/api/openapi.json\">OpenAPI 3.1 document</a></p></header>",
        blocks(info["description"].as_str().unwrap_or_default(), 2)
    );
    let mut nav = String::new();
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = tag["name"].as_str().unwrap_or_default();
        let operations = tagged(document, name);
        if !operations.is_empty() {
            section(document, tag, &operations, &mut nav, &mut main);
        }
    }
    let _infallible = write!(
        main,
        "<section id=\"errors\"><h2>Errors</h2>{}</section><section id=\"schemas\">\
         <h2>Schemas</h2>{}</section>",
        errors::table(),
        schema::all(document)
    );
    nav.push_str("<p><a href=\"#errors\">Errors</a></p><p><a href=\"#schemas\">Schemas</a></p>");
    let body = format!(
        "<a class=\"skip\" href=\"#main\">Skip to content</a><nav aria-label=\"Contents\">\
         <p class=\"brand\"><a href=\"/docs\">{}</a></p>{}<p class=\"all\"><a href=\"/docs\">All pages</a></p>{nav}</nav><main id=\"main\">{main}</main>",
        escape(title),
        search_form("")
    );
    page(&format!("API reference · {title}"), &body)
}

/// An operation and where it lives.
struct Listed<'d> {
    method: &'d str,
    path: &'d str,
    operation: &'d Value,
}

/// The operations of a tag, ours and those we call.
fn tagged<'d>(document: &'d Value, tag: &str) -> Vec<Listed<'d>> {
    let mut found = Vec::new();
    for root in ["paths", "webhooks"] {
        for (path, item) in document[root].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                if operation["tags"][0] == tag {
                    found.push(Listed { method, path, operation });
                }
            }
        }
    }
    found
}

fn section(
    document: &Value,
    tag: &Value,
    operations: &[Listed<'_>],
    nav: &mut String,
    main: &mut String,
) {
    let name = escape(tag["name"].as_str().unwrap_or_default());
    let _infallible = write!(nav, "<p><a href=\"#tag-{name}\">{name}</a></p><ul>");
    let _infallible = write!(
        main,
        "<section id=\"tag-{name}\"><h2>{name}</h2>{}",
        blocks(tag["description"].as_str().unwrap_or_default(), 3)
    );
    for listed in operations {
        let id = escape(listed.operation["operationId"].as_str().unwrap_or_default());
        let summary = inline(listed.operation["summary"].as_str().unwrap_or_default());
        let _infallible = write!(nav, "<li><a href=\"#{id}\">{summary}</a></li>");
        main.push_str(&operation(document, listed, &id, &summary));
    }
    nav.push_str("</ul>");
    main.push_str("</section>");
}

/// The id is that of the folded part: browsers unfold what a link leads into.
fn operation(document: &Value, listed: &Listed<'_>, id: &str, summary: &str) -> String {
    let Listed { method, path, operation } = listed;
    let outgoing = operation["tags"][0] == "Outgoing";
    let description = match outgoing {
        true => String::new(),
        false => blocks(operation["description"].as_str().unwrap_or_default(), 4),
    };
    format!(
        "<details><summary><span class=\"method {method}\">{}</span> \
         <code class=\"path\">{}</code> <span class=\"what\">{summary}</span></summary>\
         <div class=\"operation\" id=\"{id}\">{description}{}{}{}{}</div></details>",
        method.to_uppercase(),
        escape(path),
        scopes(operation, outgoing),
        parameters(document, operation),
        request(document, operation),
        responses(document, operation)
    )
}

fn scopes(operation: &Value, outgoing: bool) -> String {
    let needed = &operation["security"][0]["bearer"];
    if outgoing {
        return String::new();
    }
    let Some(scopes) = needed.as_array() else {
        return "<p class=\"scope\">Open: needs no API key.</p>".to_owned();
    };
    let names: Vec<_> = scopes.iter().filter_map(Value::as_str).map(escape).collect();
    match names.as_slice() {
        [] => "<p class=\"scope\">Needs an API key; no scope.</p>".to_owned(),
        names => format!("<p class=\"scope\">Scope <code>{}</code></p>", names.join(" ")),
    }
}

fn parameters(document: &Value, operation: &Value) -> String {
    let mut rows = String::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let parameter = schema::resolve(parameter, document);
        let _infallible = write!(
            rows,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
            escape(parameter["name"].as_str().unwrap_or_default()),
            escape(parameter["in"].as_str().unwrap_or_default()),
            inline(parameter["description"].as_str().unwrap_or_default())
        );
    }
    if rows.is_empty() {
        return rows;
    }
    format!(
        "<h4>Parameters</h4><div class=\"scroll\"><table><thead><tr><th>Name</th><th>In</th>\
         <th>Meaning</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

fn request(document: &Value, operation: &Value) -> String {
    let content = &operation["requestBody"]["content"]["application/json"];
    let Some(shape) = content.get("schema") else { return String::new() };
    let chosen = shape["oneOf"].as_array().and_then(|all| all.last()).unwrap_or(shape);
    let resolved = schema::resolve(chosen, document);
    let example = content.get("example").or_else(|| resolved.get("example"));
    let example = example.map(|example| {
        code_block(&serde_json::to_string_pretty(example).unwrap_or_default(), "json")
    });
    format!(
        "<h4>Request body</h4>{}{}",
        example.unwrap_or_default(),
        schema::body(chosen, document)
    )
}

fn responses(document: &Value, operation: &Value) -> String {
    let mut rows = String::new();
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let named = response["$ref"].is_string();
        let response = schema::resolve(response, document);
        let shape = response["content"].as_object().and_then(|content| content.values().next());
        let kind = shape.map(|content| schema::kind(&content["schema"])).unwrap_or_default();
        let text = match named {
            true => codes(shape),
            false => inline(response["description"].as_str().unwrap_or_default()),
        };
        let _infallible = write!(
            rows,
            "<tr><td><code>{}</code></td><td>{kind}</td><td>{text}</td></tr>",
            escape(status)
        );
    }
    format!(
        "<h4>Responses</h4><div class=\"scroll\"><table><thead><tr><th>Status</th><th>Body</th>\
         <th>Meaning</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
}

/// The codes that a refusal may carry, as links to their pages.
fn codes(shape: Option<&Value>) -> String {
    let examples = shape.and_then(|content| content["examples"].as_object());
    let link =
        |code: &String| format!("<a href=\"/docs/errors/{0}\"><code>{0}</code></a>", escape(code));
    let links: Vec<_> = examples.into_iter().flatten().map(|(code, _)| link(code)).collect();
    links.join(", ")
}
