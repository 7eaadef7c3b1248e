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

export async function openStage() {
  const program = spawn("../../bin/stage", { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: program.stdout });
  const { value } = await lines[Symbol.asyncIterator]().next();
  const { url, control } = JSON.parse(value);
  const browser = await chromium.launch({ executablePath: found("chromium"), args: ["--no-sandbox"] });
  return new Stage(program, browser, url, control);
}

class Stage {
  constructor(program, browser, url, control) {
    Object.assign(this, { program, browser, url, control, contexts: [] });
  }

  // ask has something happen to a payment.
  async ask(path, order) {
    const reply = await fetch(this.control + path, { method: "POST", body: JSON.stringify(order) });
    assert.ok(reply.ok, `${path}: ${reply.ok || await reply.text()}`);
    return reply.json();
  }

  pay(order = {}) { return this.ask("/payments", order); }

  // open shows an address in a browser of its own. Whatever the page complains of is kept.
  async open(address, { lang = "en-GB", width = 1280, ...more } = {}) {
    const context = await this.browser.newContext({ locale: lang, viewport: { width, height: 900 }, reducedMotion: "no-preference", ...more });
    this.contexts.push(context);
    context.setDefaultTimeout(20000);
    const page = await context.newPage();
    page.complaints = [];
    page.on("console", (message) => { if (message.type() === "error" || message.type() === "warning") page.complaints.push(message.text()); });
    page.on("pageerror", (error) => page.complaints.push(String(error)));
    await page.goto(address);
    return page;
  }

  // done closes what a test opened.
  async done() {
    await Promise.all(this.contexts.splice(0).map((context) => context.close()));
  }

  async close() {
    await this.done();
    await this.browser.close();
    this.program.stdin.end();
  }
}

// clean holds a page against the rules of accessibility, in light and in dark, and sees that nothing is cut off.
export async function clean(page, name) {
  await page.evaluate(axeSource);
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
