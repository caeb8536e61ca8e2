"use strict";
// Elements from names, attributes and children. Text is always set as text: what clips and methods are called is never parsed as HTML.

function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function shape(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function byId(id) {
  return document.getElementById(id);
}

// New content; the focus stays on the element with the same id.
function put(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement.id : "";
  container.replaceChildren(...children);
  if (focused) byId(focused)?.focus({ preventScroll: true });
}

function reason(text) {
  return element("p", { class: "reason" }, text);
}

// What an element says when it is pointed at or has the focus.
function tells(node, text) {
  node.addEventListener("pointerenter", (event) => showTip(text, event.clientX, event.clientY));
  node.addEventListener("pointerleave", hideTip);
  node.addEventListener("focus", () => {
    const box = node.getBoundingClientRect();
    showTip(text, box.right, box.top);
  });
  node.addEventListener("blur", hideTip);
  return node;
}

function showTip(text, x, y) {
  const tip = byId("tip");
  tip.textContent = text;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(x + 12, document.documentElement.clientWidth - box.width - 8))}px`;
  tip.style.top = `${Math.max(8, y - box.height - 10)}px`;
}

function hideTip() {
  byId("tip").hidden = true;
}

function percent(value) {
  return value === null || value === undefined ? "–" : value.toFixed(1);
}

function scoreText(value) {
  return value === null ? "–" : String(Number(value.toPrecision(4))).replace("-", "−");
}
