// Opens pages in headless Chromium with the network off and says what it found, as JSON on standard output.
//
//   node tests/browser/look.mjs CHROMIUM AXE_OR_- FOLDER_OF_PICTURES_OR_- PAGE...
//
// Chromium is spoken to over a pipe (Chrome DevTools Protocol, --remote-debugging-pipe): no port, no further package. axe runs on a
// second load of the page with its policy switched off, since the page itself lets no foreign script in.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { tmpdir } from "node:os";

const [chromium, axe, pictures, ...pages] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), "churn-browser-"));
const browser = spawn(chromium, [
  "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe",
  `--user-data-dir=${profile}`, "about:blank",
], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });

let rest = "", last = 0;
const waiting = new Map(), listeners = new Set();
browser.stdio[4].on("data", (chunk) => {
  rest += chunk;
  for (let end; (end = rest.indexOf("\0")) >= 0; rest = rest.slice(end + 1)) {
    const message = JSON.parse(rest.slice(0, end));
    if (message.id) {
      const { done, failed, method } = waiting.get(message.id);
      waiting.delete(message.id);
      message.error ? failed(new Error(`${method}: ${message.error.message}`)) : done(message.result);
    } else listeners.forEach((listener) => listener(message));
  }
});
const send = (method, params = {}, sessionId) => new Promise((done, failed) => {
  waiting.set(++last, { done, failed, method });
  browser.stdio[3].write(JSON.stringify({ id: last, method, params, sessionId }) + "\0");
});

// Every element with the names of its attributes, and what belongs to a chart.
const inventory = `(() => {
  const kinds = new Set();
  for (const element of document.querySelectorAll("*"))
    for (const name of [""].concat(element.getAttributeNames())) kinds.add(element.localName + " " + name);
  const charts = [...document.querySelectorAll("svg.chart")].map((svg) => {
    const [title, desc] = (svg.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id));
    const table = svg.closest("figure") && svg.closest("figure").querySelector("details table");
    return { id: title && title.id, title: !!title && title.textContent.trim() !== "", desc: !!desc && desc.textContent.trim() !== "",
             rows: table ? table.tBodies[0].rows.length : 0, role: svg.getAttribute("role") };
  });
  const answers = [...document.querySelectorAll(".questions li")].map((li) => ({
    sentence: li.querySelector("p").textContent,
    section: li.querySelector("a").getAttribute("href").slice(1),
  })).map((answer) => ({ ...answer, charts: (document.getElementById(answer.section) || document.createElement("p")).querySelectorAll("svg.chart").length }));
  return { kinds: [...kinds].sort(), charts, answers, scripts: document.scripts.length };
})()`;

// Whatever is wider than the page and cannot be scrolled, and texts of charts that leave their chart.
const cut = `(() => {
  const found = [];
  if (document.scrollingElement.scrollWidth > innerWidth + 1) found.push("the page is wider than the window: " + document.scrollingElement.scrollWidth);
  for (const text of document.querySelectorAll("svg.chart text")) {
    const chart = text.ownerSVGElement.getBoundingClientRect(), box = text.getBoundingClientRect();
    if (box.left < chart.left - 2 || box.right > chart.right + 2 || box.top < chart.top - 2 || box.bottom > chart.bottom + 2)
      found.push("leaves its chart: " + text.textContent.slice(0, 60));
  }
  return found;
})()`;

// Sorts by each column of each table that can be sorted, and says whether the numbers came out in order.
const sorted = `(() => [...document.querySelectorAll("table.sortable")].flatMap((table) =>
  [...table.tHead.rows[0].cells].map((head, column) => {
    head.querySelector("button").click();
    const keys = [...table.tBodies[0].rows].map((row) => row.cells[column].getAttribute("data-v")).filter((v) => v).map(Number);
    return head.getAttribute("aria-sort") === "descending" && keys.every((key, at) => at === 0 || keys[at - 1] >= key);
  })))()`;

async function look(page) {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const call = (method, params) => send(method, params, sessionId);
  const url = pathToFileURL(resolve(page)).href;
  const said = [], requests = [];
  let loaded = () => {};
  const listener = ({ method, params, sessionId: from }) => {
    if (from !== sessionId) return;
    if (method === "Page.loadEventFired") loaded();
    if (method === "Network.requestWillBeSent" && params.request.url !== url && !params.request.url.startsWith("about:")) requests.push(params.request.url);
    if (method === "Log.entryAdded") said.push(params.entry.text);
    if (method === "Runtime.consoleAPICalled") said.push(params.type + ": " + params.args.map((arg) => arg.value).join(" "));
    if (method === "Runtime.exceptionThrown") said.push(params.exceptionDetails.text);
  };
  listeners.add(listener);
  const open = async () => {
    const done = new Promise((resolve) => { loaded = resolve; });
    await call("Page.navigate", { url });
    await done;
  };
  const evaluate = async (expression, awaitPromise = false) => {
    const { result, exceptionDetails } = await call("Runtime.evaluate", { expression, returnByValue: true, awaitPromise });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description || exceptionDetails.text);
    return result.value;
  };
  for (const domain of ["Page", "Network", "Log", "Runtime"]) await call(domain + ".enable");
  await call("Network.emulateNetworkConditions", { offline: true, latency: 0, downloadThroughput: 0, uploadThroughput: 0 });
  const found = { page, cut: [] };
  for (const [width, height] of [[1280, 900], [390, 844]]) {
    await call("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 500 });
    await open();
    found.cut.push(...(await evaluate(cut)).map((what) => `${width}: ${what}`));
    if (pictures !== "-") {
      for (const scheme of width > 500 ? ["light", "dark"] : ["light"]) {
        await call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
        const { data } = await call("Page.captureScreenshot", { captureBeyondViewport: true });
        writeFileSync(join(pictures, `${basename(page, ".html")}-${width}-${scheme}.png`), data, "base64");
      }
      await call("Emulation.setEmulatedMedia", { features: [] });
    }
  }
  Object.assign(found, await evaluate(inventory));
  found.sorted = await evaluate(sorted);
  if (pictures !== "-") {
    const { data } = await call("Page.printToPDF", { preferCSSPageSize: true, printBackground: true });
    writeFileSync(join(pictures, `${basename(page, ".html")}.pdf`), data, "base64");
  }
  found.said = [...said];
  found.requests = [...requests];
  if (axe !== "-") {
    found.axe = [];
    await call("Page.setBypassCSP", { enabled: true });
    for (const scheme of ["light", "dark"]) {
      await call("Emulation.setDeviceMetricsOverride", { width: 1280, height: 900, deviceScaleFactor: 1, mobile: false });
      await call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
      await open();
      await evaluate(`document.querySelectorAll("details").forEach((details) => { details.open = true; })`);
      await evaluate(readFileSync(axe, "utf8") + "; 0");
      const violations = await evaluate(`axe.run(document).then((r) => r.violations.map((v) => ({ id: v.id, impact: v.impact, help: v.help,
        nodes: v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + " | " + (n.failureSummary || "").slice(0, 240)) })))`, true);
      found.axe.push(...violations.map((violation) => ({ scheme, ...violation })));
    }
  }
  listeners.delete(listener);
  await send("Target.closeTarget", { targetId });
  return found;
}

let code = 0;
try {
  const found = [];
  for (const page of pages) found.push(await look(page));
  process.stdout.write(JSON.stringify(found));
} catch (error) {
  process.stderr.write(`${error.stack}\n`);
  code = 1;
}
browser.stdio[3].end();
browser.kill();
await new Promise((done) => browser.once("exit", done));
rmSync(profile, { recursive: true, force: true });
process.exit(code);
