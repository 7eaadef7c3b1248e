// The stage: the payers' pages over rails in memory, and a Chromium to look at them with.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

// found is where a program is on PATH.
function found(program) {
  const dir = process.env.PATH.split(delimiter).find((each) => existsSync(join(each, program)));
  assert.ok(dir, `${program} is not installed`);
  return join(dir, program);
}

// flags keep Chromium to the pages: it talks to nobody else, and runs as any user on any machine. Playwright adds a profile
// of its own for each start.
const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync",
];

let browser; // one for all stages of a file of tests
const theBrowser = () => (browser ??= chromium.launch({ executablePath: found("chromium"), args: flags }));

// openStage starts a stage that ends with the test, or with the suite, that it is given. It is run with args.
export async function openStage(t, ...args) {
  const program = spawn("../../bin/stage", args, { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => program.stdin.end());
  const lines = createInterface({ input: program.stdout });
  const { value } = await lines[Symbol.asyncIterator]().next();
  const { url, control } = JSON.parse(value);
  return new Stage(url, control);
}

export const closeBrowser = async () => (await browser)?.close();

class Stage {
  constructor(url, control) { Object.assign(this, { url, control }); }

  // ask has something happen to a payment.
  async ask(path, order) {
    const reply = await fetch(this.control + path, { method: "POST", body: JSON.stringify(order) });
    assert.ok(reply.ok, `${path}: ${reply.ok || await reply.text()}`);
    return reply.json();
  }

  pay(order = {}) { return this.ask("/payments", order); }

  // open shows an address to a visitor who was never here, until the test ends. Whatever the page complains of is kept.
  async open(t, address, options = {}) {
    const page = await visitor(options);
    t.after(() => page.context().close());
    await page.goto(address);
    return page;
  }
}

async function visitor({ width = 1280, ...options }) {
  const context = await (await theBrowser()).newContext({ locale: "en-GB", viewport: { width, height: 900 }, reducedMotion: "no-preference", ...options });
  context.setDefaultTimeout(30000);
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => { if (message.type() === "error" || message.type() === "warning") page.complaints.push(message.text()); });
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  return page;
}

const idle = { "en-GB": [], "zh-CN": [] };

// borrow lends a narrow page of a reader of lang that others had before: to open a new one, and to hand axe to it, takes
// several times as long as everything that a scene is looked at for.
export async function borrow(t, lang) {
  const page = idle[lang].pop() ?? await reader(lang);
  page.complaints.length = 0;
  t.after(async () => {
    await page.goto("about:blank");
    idle[lang].push(page);
  });
  return page;
}

async function reader(lang) {
  const page = await visitor({ locale: lang, width: 320 });
  await page.addInitScript({ content: axeSource });
  return page;
}

// clean holds a page against the rules of accessibility, in light and in dark, and sees that nothing is cut off.
export async function clean(page, name) {
  if (!await page.evaluate(() => "axe" in globalThis)) await page.evaluate(axeSource);
  for (const [colorScheme, runOnly] of [["light", { type: "tag", values: tags }], ["dark", { type: "rule", values: ["color-contrast"] }]]) {
    await page.emulateMedia({ colorScheme });
    const faults = await page.evaluate(async (only) => {
      const { violations } = await globalThis.axe.run(document, { runOnly: only, resultTypes: ["violations"] });
      return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ") + " " + (n.any[0]?.message ?? "")).join("; ")}`);
    }, runOnly);
    assert.deepEqual(faults, [], `${name}, ${colorScheme}`);
  }
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `${name} is ${over} px wider than the window`);
}

export const heading = (page) => page.locator("h1").innerText();
