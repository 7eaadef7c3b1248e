// Takes the pictures of docs/checkout: what a payer sees of each method, in English and in Chinese, on a phone. The stage's
// clock and the browser's stand still and what is shown has fixed numbers, so that they show the same each time.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { closeBrowser, heading, openStage } from "./test/stage.js";

const into = "../../docs/checkout";
const moment = "2026-01-15T10:00:00Z";
const phone = { width: 390, deviceScaleFactor: 2, permissions: ["clipboard-read", "clipboard-write"] };

// pictures are the orders of the pages that are taken, and what these are called in English and in Chinese.
const pictures = {
  card: [{}, "How would you like to pay?", "请选择支付方式"], // a card is paid with where the method is chosen
  bank_transfer: [{ method: "bank_transfer" }, "Transfer the amount", "请转账"],
  ETH: [{ method: "ETH" }, "Send the amount", "请向此地址转账"],
  USDC: [{ method: "USDC" }, "Send the amount", "请向此地址转账"],
  failed: [{ method: "card", token: "tok_insufficient_funds" }, "Not enough money on the card", "卡内余额不足"],
};

async function take(t, stage, name, [order, en, zh]) {
  const { url } = await stage.pay(order);
  for (const [language, locale, title] of [["en", "en-GB", en], ["zh", "zh-CN", zh]]) {
    const page = await stage.open(t, "about:blank", { ...phone, locale });
    await page.clock.setFixedTime(moment);
    await page.goto(url);
    assert.equal(await heading(page), title);
    assert.deepEqual(page.complaints, []);
    await page.screenshot({ path: `${into}/${name}-${language}.png`, fullPage: true, animations: "disabled" });
  }
}

const ends = [];
const t = { after: (end) => ends.push(end) };
try {
  mkdirSync(into, { recursive: true });
  const stage = await openStage(t, "-at", moment);
  for (const [name, picture] of Object.entries(pictures)) await take(t, stage, name, picture);
} finally {
  for (const end of ends.reverse()) await end();
  await closeBrowser();
}
