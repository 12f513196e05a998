//! The page in the browser: a few files that the program contains.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{MethodRouter, get};

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

pub(super) fn router() -> Router {
    Router::new()
        .route("/", file(HTML, include_str!("page/index.html")))
        .route("/problems", file(HTML, include_str!("page/problems.html")))
        .route("/shop.css", file(CSS, include_str!("page/shop.css")))
        .route("/shop.js", file(SCRIPT, include_str!("page/shop.js")))
        .route("/icon.svg", file(SVG, include_str!("page/icon.svg")))
        // Browsers ask for it when they show an answer that is not a page.
        .route("/favicon.ico", file(SVG, include_str!("page/icon.svg")))
}

fn file(kind: &'static str, content: &'static str) -> MethodRouter {
    get(async move || ([(CONTENT_TYPE, kind)], content))
}
