//! A browser that is driven by the W3C's `WebDriver` protocol: JSON over HTTP.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;

/// The key under which the protocol returns an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The time that the browser waits for an element.
const PATIENCE: Duration = Duration::from_secs(10);

/// A Chromium without a window, until this is dropped.
pub(crate) struct Browser {
    driver: Child,
    client: Agent,
    session: String,
    profile: TempDir,
}

impl Browser {
    /// Starts a browser with a page of this width. Prints a note and returns `None` if none is installed.
    pub(crate) fn open(width: u32, height: u32) -> Option<Self> {
        let driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn();
        let Ok(mut driver) = driver else {
            eprintln!("skipped: there is no chromedriver; install chromium and chromium-driver");
            return None;
        };
        let output = BufReader::new(driver.stdout.take().unwrap());
        let port = output.lines().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        let config = Agent::config_builder()
            .timeout_global(Some(6 * PATIENCE))
            .build();
        let mut browser = Self {
            driver,
            client: config.into(),
            session: format!("http://127.0.0.1:{}/session", port.expect("a port")),
            profile: tempfile::tempdir().unwrap(),
        };
        browser.begin(width, height);
        Some(browser)
    }

    fn begin(&mut self, width: u32, height: u32) {
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &profile,
        ];
        let options = json!({ "args": arguments });
        let capabilities = json!({
            "browserName": "chrome",
            "timeouts": { "implicit": PATIENCE.as_millis() },
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let session = self.post(
            "",
            &json!({ "capabilities": { "alwaysMatch": capabilities } }),
        );
        let id = session["sessionId"].as_str().unwrap();
        self.session = format!("{}/{id}", self.session);
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        );
    }

    pub(crate) fn go(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Waits until there is such an element.
    pub(crate) fn see(&self, xpath: &str) -> String {
        let found = self.post("/element", &json!({ "using": "xpath", "value": xpath }));
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    pub(crate) fn click(&self, xpath: &str) {
        let element = self.see(xpath);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// Writes over what is there; `\u{e007}` is the key that ends a line.
    pub(crate) fn write(&self, xpath: &str, text: &str) {
        let element = self.see(xpath);
        self.post(&format!("/element/{element}/clear"), &json!({}));
        self.press(xpath, text);
    }

    /// Presses keys on an element.
    pub(crate) fn press(&self, xpath: &str, keys: &str) {
        let element = self.see(xpath);
        self.post(
            &format!("/element/{element}/value"),
            &json!({ "text": keys }),
        );
    }

    /// Runs JavaScript and returns its result.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// The errors in the browser's log.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({ "type": "browser" }));
        let messages = log.as_array().unwrap().iter();
        messages
            .map(|entry| entry["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A picture of the page as it is shown, as PNG.
    pub(crate) fn picture(&self) -> Vec<u8> {
        let picture = self.devtools("Page.captureScreenshot", &json!({}));
        BASE64.decode(picture["data"].as_str().unwrap()).unwrap()
    }

    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.post(
            "/goog/cdp/execute",
            &json!({ "cmd": command, "params": parameters }),
        )
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let response = self.client.post(format!("{}{path}", self.session));
        let response = response
            .config()
            .http_status_as_error(false)
            .build()
            .send(body.to_string());
        let text = response.unwrap().body_mut().read_to_string().unwrap();
        let mut answer: Value = serde_json::from_str(&text).unwrap();
        let value = answer["value"].take();
        assert!(
            value["error"].is_null(),
            "{path} {body}: {}",
            value["message"]
        );
        value
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.client.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
