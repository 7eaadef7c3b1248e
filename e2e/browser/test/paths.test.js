// What a payer does, and what happens meanwhile.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { clean, closeBrowser, heading, openStage } from "./stage.js";

after(closeBrowser);

const tab = async (page, until) => {
  for (let i = 0; i < 40; i += 1) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(() => {
      const e = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(e);
      return { text: e.id || e.textContent.trim(), outline: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 };
    });
    assert.ok(seen.outline, `the focus on ${seen.text} is not visible`);
    if (until.test(seen.text)) return;
  }
  assert.fail(`the keyboard does not reach ${until}`);
};

describe("paths", { concurrency: 4 }, () => {
  let stage;
  const ends = [];
  before(async () => { stage = await openStage({ after: (end) => ends.push(end) }); });
  after(() => ends.forEach((end) => end()));

  test("by keyboard alone: a declined card, then a bank transfer", async (t) => {
    const { url, id } = await stage.pay();
    const page = await stage.open(t, url);
    await tab(page, /^token$/);
    const token = page.locator("#token"); // arrows, as letters that are typed slowly begin a new word
    for (let i = 0; i < 20 && await token.inputValue() !== "tok_declined"; i += 1) await page.keyboard.press("ArrowDown");
    await tab(page, /^Pay by card$/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "The payment was declined" }).waitFor();
    await tab(page, /^Choose another way to pay$/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "How would you like to pay?" }).waitFor();
    await tab(page, /^Pay by bank transfer$/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Transfer the amount" }).waitFor();
    await tab(page, /^Copy IBAN$/);
    const state = await stage.ask("/look", { payment: id });
    assert.equal(state.outcomes, "declined,action_required");
    assert.deepEqual(page.complaints, []);
  });

  for (const javaScriptEnabled of [true, false]) {
    test(`a double click makes one attempt, ${javaScriptEnabled ? "with" : "without"} JavaScript`, async (t) => {
      const { url, id } = await stage.pay();
      const page = await stage.open(t, url, { javaScriptEnabled });
      await page.getByRole("button", { name: "Pay by card" }).dblclick();
      await page.locator("#act").getByText("The payment is complete").waitFor();
      const state = await stage.ask("/look", { payment: id });
      assert.deepEqual([state.attempts, state.status], [1, "succeeded"]);
      await page.reload();
      await page.goBack();
      assert.equal((await stage.ask("/look", { payment: id })).attempts, 1);
    });
  }

  test("a transfer is seen, confirmed and paid without a reload, and only changes are announced", async (t) => {
    const { url, id } = await stage.pay({ method: "ETH" });
    const page = await stage.open(t, url);
    await page.evaluate(() => { globalThis.stays = true; });
    assert.equal(await page.locator("[role=status]").innerText(), "");
    await stage.ask("/transfers", { payment: id, tx: "0x1", have: 2, need: 6 });
    await page.getByRole("heading", { name: "Your transfer was seen" }).waitFor();
    const live = page.locator("[role=status]");
    assert.match(await live.textContent(), /Your transfer was seen/);
    await live.evaluate((e) => { e.textContent = ""; });
    await stage.ask("/transfers", { payment: id, tx: "0x1", have: 4, need: 6 });
    await page.getByText("4 of 6 confirmations").waitFor();
    assert.equal(await live.textContent(), "", "a confirmation is no change of state");
    await stage.ask("/transfers", { payment: id, tx: "0x1", have: 6, need: 6 });
    await page.locator("#act").getByText("The payment is complete").waitFor();
    assert.match(await live.textContent(), /^Paid/);
    assert.ok(await page.evaluate(() => globalThis.stays), "the page was reloaded");
    await clean(page, "paid");
    assert.deepEqual(page.complaints, []);
  });

  test("the held price ends: a warning, then a new rate in one click", async (t) => {
    const stage = await openStage(t); // of its own: this changes it for everybody
    const { url, id } = await stage.pay({ method: "USDC" });
    await stage.ask("/pass", { payment: id, seconds: 30 * 60 - 15 });
    const page = await stage.open(t, url);
    await page.locator(".until.soon .clock").waitFor();
    assert.match(await page.locator("[role=status]").textContent(), /20 more seconds/);
    const before = await page.locator("dd .code").first().innerText();
    await stage.ask("/pass", { payment: id, seconds: 20 });
    await page.getByRole("heading", { name: "The price has expired" }).waitFor();
    await page.getByRole("button", { name: "Get a new rate" }).click();
    await page.getByRole("heading", { name: "Send the amount" }).waitFor();
    assert.match(await page.locator(".until").innerText(), /Price held for (30:00|29:\d\d)/);
    assert.notEqual(await page.locator("dd .code").first().innerText(), before, "each attempt has an address of its own");
    assert.equal((await stage.ask("/look", { payment: id })).outcomes, "canceled,action_required");
  });

  test("a confirmation of the bank is followed by itself", async (t) => {
    const stage = await openStage(t); // of its own: this changes it for everybody
    const { url, id } = await stage.pay({ method: "card", token: "tok_challenge" });
    const page = await stage.open(t, url);
    assert.equal(await page.getByRole("link", { name: "Confirm with your bank" }).getAttribute("href"), "https://issuer.example/challenge");
    await stage.ask("/confirm", { payment: id });
    await page.locator("#act").getByText("The payment is complete").waitFor();
  });

  test("what cannot be paid with now is said, and cannot be chosen", async (t) => {
    const stage = await openStage(t); // of its own: this changes it for everybody
    await stage.ask("/channel", { channel: "chain.dev", status: "forced_open" });
    const { url } = await stage.pay();
    const page = await stage.open(t, url);
    assert.equal(await page.locator(".method.off").count(), 2);
    assert.equal(await page.locator(".method.off button").count(), 0);
    await clean(page, "methods that are down");
  });

  test("offline is said, and ends by itself", async (t) => {
    const { url } = await stage.pay({ method: "USDC" });
    const page = await stage.open(t, url);
    await page.context().setOffline(true);
    await page.getByText("You are offline").waitFor();
    await page.context().setOffline(false);
    await page.getByText("You are offline").waitFor({ state: "hidden" });
  });

  test("copying puts the bare value on the clipboard, and says so", async (t) => {
    const { url } = await stage.pay({ method: "bank_transfer" });
    const page = await stage.open(t, url, { permissions: ["clipboard-read", "clipboard-write"] });
    await page.getByRole("button", { name: "Copy IBAN" }).click();
    await page.getByRole("button", { name: "Copied IBAN" }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "DE89370400440532013000");
    assert.equal(await page.locator("[role=status]").textContent(), "Copied");
  });

  test("the language is switched, and kept", async (t) => {
    const { url } = await stage.pay();
    const page = await stage.open(t, url);
    await page.getByRole("link", { name: "中文" }).click();
    assert.match(await heading(page), /请选择支付方式/);
    await page.goto(url);
    assert.match(await heading(page), /请选择支付方式/);
  });
});
