// The page of the shop. It knows what the service tells it, and nothing else.

const $ = (id) => document.getElementById(id);
const money = new Intl.NumberFormat("en", { style: "currency", currency: "EUR" });
const clock = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const price = (cents) => money.format(cents / 100);

/// Which cart, what it is now, and what happened to it.
let cart = { id: "", version: 0, lines: [], total_cents: 0, checked_out: false };
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
  const unsure = (error) => !(error instanceof Problem) || error.status === 503;
  return ask(path, options).catch((error) => {
    if (!unsure(error)) throw error;
    return ask(path, options);
  });
}

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;

// What people do.

async function change(method, path, body, done, headers) {
  let response;
  try {
    response = await command(method, `/carts/${cart.id}${path}`, body, headers);
  } catch (error) {
    tell(error instanceof Problem ? error.message : "The shop cannot be reached.", true);
    // It may be that the cart is not what it was.
    await loadCart();
    return;
  }
  tell(done);
  await Promise.all([loadCart(), loadProducts(response.headers.get("Position"))]);
}

const add = (product, quantity) =>
  change("POST", "/items", { sku: product.sku, quantity }, `${quantity} × ${product.name} added.`);

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

function tell(text, bad = false) {
  $("message").textContent = text;
  $("message").classList.toggle("bad", bad);
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
    const [now, history] = await Promise.all([
      ask(`/carts/${id}`),
      ask(`/carts/${id}/history`),
    ]);
    const [body, happened] = await Promise.all([now.json(), history.json()]);
    if (cart.id !== id) return;
    [cart, etag, events] = [body, now.headers.get("ETag"), happened];
  } catch (error) {
    if (cart.id !== id) return;
    if (error.status !== 404) {
      tell(error instanceof Problem ? error.message : "The shop cannot be reached.", true);
      return;
    }
    // Nothing ever happened to it.
    [cart, etag, events] = [{ id, version: 0, lines: [], total_cents: 0 }, null, []];
  }
  showHistory();
  showCart(cart);
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

// From here on it runs.

/// The address names the cart, so that it can be kept and sent to somebody.
function openCart() {
  const isId = /^#[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(location.hash);
  if (!isId) window.history.replaceState(null, "", `#${crypto.randomUUID()}`);
  cart.id = location.hash.slice(1);
  return loadCart();
}

$("new-cart").addEventListener("click", () => {
  tell("A new cart.");
  location.hash = crypto.randomUUID();
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
loadProducts();
openCart();
