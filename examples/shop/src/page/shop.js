// The page of the shop. It knows what the service tells it, and nothing else.

const $ = (id) => document.getElementById(id);
const money = new Intl.NumberFormat("en", { style: "currency", currency: "EUR" });
const clock = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const price = (cents) => money.format(cents / 100);

/// A cart to which nothing has happened. The service does not know it yet, so it is not asked for it.
const emptyCart = (id) => ({ id, version: 0, lines: [], total_cents: 0, checked_out: false });

/// Which cart, what it is now, and what happened to it.
let cart = emptyCart("");
let isNew = true;
let etag = null;
let events = [];

// Asking the service.

/// An answer that is no good, in words for people.
class Problem extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

async function ask(path, options = {}) {
  const response = await fetch(path, options);
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Problem(response.status, sentence(problem.detail ?? response.statusText));
}

/// Sends a command. Nobody knows what became of it when the connection breaks; under the same key
/// it may be sent again, and is carried out once.
async function command(method, path, body, headers = {}) {
  const options = {
    method,
    headers: { ...headers, "Idempotency-Key": crypto.randomUUID() },
  };
  if (body) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  return ask(path, options).catch((error) => {
    if (!isUnsure(error)) throw error;
    return ask(path, options);
  });
}

const isUnsure = (error) => !(error instanceof Problem) || error.status === 503;

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;

// What people do.

async function change(method, path, body, done, headers) {
  let response;
  try {
    response = await command(method, `/carts/${cart.id}${path}`, body, headers);
  } catch (error) {
    tell(error instanceof Problem ? error.message : "The shop cannot be reached.", true);
    // It may be that the cart is not what it was, or that it is there now.
    if (isUnsure(error)) isNew = false;
    await loadCart();
    return;
  }
  isNew = false;
  tell(done);
  await Promise.all([loadCart(), loadProducts(response.headers.get("Position"))]);
}

/// What is added after a check-out goes into a new cart.
async function add(product, quantity) {
  const next = cart.checked_out;
  if (next) await startCart();
  const done = `${quantity} × ${product.name} added${next ? " to a new cart" : ""}.`;
  await change("POST", "/items", { sku: product.sku, quantity }, done);
}

const remove = (line) =>
  change("DELETE", `/items/${encodeURIComponent(line.sku)}`, null, `${line.name} removed.`);

/// Only what is on the screen is paid.
const checkOut = (email) =>
  change("POST", "/checkout", { email }, "Checked out. Thank you!", { "If-Match": etag });

/// A button that works waits for it, so that nobody presses it twice.
async function busy(button, work) {
  const focused = document.activeElement;
  button.disabled = true;
  try {
    await work();
  } finally {
    button.disabled = false;
  }
  keepFocus(focused);
}

/// What had the focus may be gone, and whoever uses the keyboard would begin at the top.
function keepFocus(focused) {
  const moved = document.activeElement !== document.body && document.activeElement !== focused;
  if (moved) return;
  (focused.checkVisibility() ? focused : $("cart-title")).focus();
}

let fading;

/// Says something, which fades after some seconds; a problem stays longer.
function tell(text, bad = false) {
  const message = $("message");
  clearTimeout(fading);
  message.textContent = text;
  message.classList.toggle("bad", bad);
  message.classList.remove("faded");
  fading = setTimeout(() => {
    message.classList.add("faded");
    fading = setTimeout(() => message.replaceChildren(), 600);
  }, bad ? 10_000 : 5_000);
}

// What people see.

function make(tag, text, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  if (text !== null) element.textContent = text;
  return element;
}

async function loadProducts(after = null) {
  try {
    const query = after === null ? "" : `?after=${encodeURIComponent(after)}`;
    const response = await ask(`/products${query}`);
    for (const product of await response.json()) showProduct(product);
  } catch (error) {
    tell(error instanceof Problem ? error.message : "The shop cannot be reached.", true);
  }
}

/// A card is made once, and then its numbers change.
function showProduct(product) {
  const card = $(`product-${product.sku}`) ?? makeProduct(product);
  card.querySelector(".facts").textContent =
    `in ${carts(product.in_carts)} · removed ${times(product.removals)} · ` +
    `${price(product.revenue_cents)} sold`;
}

const carts = (count) => (count === 1 ? "1 cart" : `${count} carts`);
const times = (count) => (count === 1 ? "once" : `${count} times`);

function makeProduct(product) {
  const card = make("li", null, { id: `product-${product.sku}` });
  const title = make("div", null, { className: "title" });
  title.append(
    make("h3", product.name),
    make("span", price(product.cents), { className: "price" }),
  );
  const quantity = make("input", null, {
    type: "number", min: 1, max: 99, value: 1, required: true, id: `quantity-${product.sku}`,
  });
  quantity.setAttribute("aria-label", `How many: ${product.name}`);
  const button = make("button", "Add to cart");
  button.setAttribute("aria-label", `Add to cart: ${product.name}`);
  const row = make("form", null, { className: "row" });
  row.append(quantity, button);
  row.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(button, () => add(product, Number(quantity.value)));
  });
  card.append(title, make("p", "", { className: "facts" }), row);
  $("catalogue").append(card);
  return card;
}

async function loadCart() {
  const id = cart.id;
  try {
    if (isNew) {
      [cart, etag, events] = [emptyCart(id), null, []];
    } else {
      const [now, history] = await Promise.all([
        ask(`/carts/${id}`),
        ask(`/carts/${id}/history`),
      ]);
      const [body, happened] = await Promise.all([now.json(), history.json()]);
      if (cart.id !== id) return;
      [cart, etag, events] = [body, now.headers.get("ETag"), happened];
      keepCart();
    }
  } catch (error) {
    if (cart.id !== id) return;
    if (error.status !== 404) {
      tell(error instanceof Problem ? error.message : "The shop cannot be reached.", true);
      return;
    }
    // An address that somebody made up, or of another store.
    remember(null);
    [cart, etag, events] = [emptyCart(id), null, []];
  }
  showHistory();
  showCart(cart);
  showCount();
}

/// Shows the cart as it is, or as it was.
function showCart(shown) {
  const then = shown.version < cart.version;
  $("cart-title").textContent = then ? "Your cart, then" : "Your cart";
  $("past").hidden = !then;
  $("past-text").textContent = `As it was after step ${shown.version} of ${cart.version}`;
  $("paid").hidden = then || !shown.checked_out;
  $("empty").hidden = shown.lines.length > 0;
  $("lines").hidden = shown.lines.length === 0;
  $("line-rows").replaceChildren(...shown.lines.map((line) => makeLine(line, shown, then)));
  $("total").textContent = price(shown.total_cents);
  $("checkout").hidden = then || shown.checked_out || shown.lines.length === 0;
  markMoment(shown.version);
}

function makeLine(line, shown, then) {
  const row = make("tr", null);
  const name = make("th", `${line.quantity} × ${line.name}`, { scope: "row" });
  const last = make("td", null);
  if (!then && !shown.checked_out) {
    const button = make("button", "Remove", { type: "button", className: "quiet" });
    button.setAttribute("aria-label", `Remove ${line.name}`);
    button.addEventListener("click", () => busy(button, () => remove(line)));
    last.append(button);
  }
  row.append(name, make("td", price(line.cents * line.quantity)), last);
  return row;
}

// Time travel.

function showHistory() {
  $("no-history").hidden = events.length > 0;
  $("travel").hidden = events.length === 0;
  $("moment").max = Math.max(events.length, 1);
  $("history").replaceChildren(...events.map(makeEvent));
}

function makeEvent(event) {
  const button = make("button", null, { type: "button" });
  const when = clock.format(new Date(event.recorded_at));
  const time = make("time", when, { className: "when" });
  time.dateTime = event.recorded_at;
  button.append(make("span", event.version, { className: "version" }));
  button.append(make("span", event.happened), time);
  button.addEventListener("click", () => travel(event.version));
  const item = make("li", null);
  item.append(button);
  return item;
}

function markMoment(version) {
  $("moment").value = version;
  const event = events[version - 1];
  $("moment").setAttribute("aria-valuetext", event ? `${version}: ${event.happened}` : "");
  [...$("history").children].forEach((item, index) => {
    const button = item.firstChild;
    button.classList.toggle("later", index >= version);
    if (index === version - 1) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
  });
  const item = $("history").children[version - 1];
  if (item) $("history").scrollTop = item.offsetTop - $("history").clientHeight / 2;
}

/// Which moment was asked for last: an answer to an earlier question is not shown.
let wanted = 0;

async function travel(version) {
  const mine = ++wanted;
  if (version >= cart.version) {
    showCart(cart);
    return;
  }
  try {
    const response = await ask(`/carts/${cart.id}?version=${version}`);
    const then = await response.json();
    if (mine === wanted && then.id === cart.id) showCart(then);
  } catch (error) {
    tell(error instanceof Problem ? error.message : "The shop cannot be reached.", true);
  }
}

/// How many pieces are in the cart, on the button that leads to it.
function showCount() {
  const count = cart.checked_out ? 0 : cart.lines.reduce((sum, line) => sum + line.quantity, 0);
  $("count").textContent = count;
  const items = count === 1 ? "1 item" : `${count} items`;
  $("to-cart").setAttribute("aria-label", `Cart: ${count === 0 ? "nothing in it" : items}`);
}

// Which cart.

const REMEMBERED = "cart";

/// A browser may refuse to keep anything.
function remember(id) {
  try {
    if (id === null) localStorage.removeItem(REMEMBERED);
    else localStorage.setItem(REMEMBERED, id);
  } catch {}
}

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

/// The address names the cart, so that it can be sent to somebody, and the browser remembers it, so that
/// the shop without a cart in its address has it, too. One that is checked out is done with.
function keepCart() {
  if (location.hash !== `#${cart.id}`) window.history.replaceState(null, "", `#${cart.id}`);
  remember(cart.checked_out ? null : cart.id);
}

/// Opens the cart of the address, else the one that is remembered, else a new one.
function openCart() {
  const isId = (id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
  const known = [location.hash.slice(1), remembered()].find(isId);
  isNew = known === undefined;
  cart = emptyCart(known ?? crypto.randomUUID());
  return loadCart();
}

/// A new cart has no address until something happens to it.
function startCart() {
  remember(null);
  window.history.pushState(null, "", location.pathname);
  return openCart();
}

// Under the hood.

/// How many events are shown.
const SHOWN = 30;
let stream = null;

/// The stream of events is open while somebody looks at it: a browser has few connections.
function followActivity() {
  const wanted = $("hood").open && document.visibilityState === "visible";
  if (wanted && stream === null) {
    $("stored").replaceChildren();
    stream = new EventSource("/activity");
    stream.addEventListener("stored", (event) => showStored(JSON.parse(event.data)));
    stream.addEventListener("progress", (event) => showProgress(JSON.parse(event.data)));
    stream.addEventListener("open", () => $("connection").replaceChildren());
    stream.addEventListener("error", () => {
      $("connection").textContent = "The shop cannot be reached; trying again.";
    });
  } else if (!wanted && stream !== null) {
    stream.close();
    stream = null;
  }
}

/// An event as it is stored. Its payload is shown as text, whatever it has.
function showStored(event) {
  const item = make("li", null);
  const time = make("time", event.recorded_at.slice(11, 23));
  time.dateTime = event.recorded_at;
  item.append(
    make("span", event.position, { className: "version" }),
    make("code", event.name),
    time,
    make("code", JSON.stringify(event.payload), { className: "payload" }),
  );
  $("stored").prepend(item);
  [...$("stored").children].slice(SHOWN).forEach((old) => old.remove());
}

function showProgress({ head, followers }) {
  $("head").textContent = head;
  for (const follower of followers) showFollower(follower);
}

/// A row is made once, and then its numbers change.
function showFollower(follower) {
  const id = `follower-${follower.name}`;
  let row = $(id);
  if (row === null) {
    row = make("tr", null, { id });
    row.append(make("th", follower.name, { scope: "row" }));
    row.append(...["position", "lag", "parked"].map((className) => make("td", null, { className })));
    $("follower-rows").append(row);
  }
  for (const cell of row.querySelectorAll("td")) {
    const value = follower[cell.classList[0]];
    cell.textContent = value;
    if (!cell.classList.contains("position")) cell.classList.toggle("behind", value > 0);
  }
  row.title = follower.trouble ?? follower.state;
}

// From here on it runs.

$("new-cart").addEventListener("click", () => {
  tell("A new cart.");
  startCart();
});
$("to-cart").addEventListener("click", () => {
  $("cart").scrollIntoView();
  $("cart-title").focus({ preventScroll: true });
});
$("to-now").addEventListener("click", (event) => {
  travel(cart.version);
  keepFocus(event.target);
});
$("moment").addEventListener("input", (event) => travel(Number(event.target.value)));
$("checkout").addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.target.querySelector("button");
  busy(button, () => checkOut($("email").value));
});
window.addEventListener("hashchange", openCart);
$("hood").addEventListener("toggle", followActivity);
document.addEventListener("visibilitychange", followActivity);
// Beside the catalogue there is room for it.
$("hood").open = matchMedia("(min-width: 58rem)").matches;
// The keys that scroll go to what has the focus.
$("page").focus({ preventScroll: true });
loadProducts();
openCart();
