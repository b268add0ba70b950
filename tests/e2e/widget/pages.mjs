// Pages of a customer's site, with the hostilities that the address asks for:
// ?css=hostile ?csp=strict|https|report ?lang=… ?embed=twice|queue|none ?storage=blocked ?agent=… ?tall=1 ?data={…} (attributes of the script)

const HOSTILE = `* { all: unset !important; color: red !important; background: yellow !important; font: 30px serif !important; display: none !important; }
html, body { display: block !important; transform: none; font-size: 40px; } script, style, head { display: none !important }
button, textarea, div, p { position: static !important; width: 5px !important; opacity: .1 !important }`;

const CALM = `body { margin: 0; font: 17px/1.6 Georgia, serif; color: #222; background: #f6f3ee } header { padding: 18px 6vw; background: #fff; border-bottom: 1px solid #e5e0d8; font-weight: bold }
main { max-width: 640px; padding: 5vh 6vw } .dark body, .dark header { background: #101114; color: #ddd; border-color: #2a2a2e }`;

export const page = (address, product, defaultAgent) => {
  const query = (name) => address.searchParams.get(name);
  const agent = query("agent") ?? defaultAgent;
  const data = Object.entries(JSON.parse(query("data") ?? "{}")).map(([name, value]) => ` data-${name}="${value}"`);
  const tag = `<script src="${product}/widget.js" data-agent-id="${agent}"${data.join("")} async></script>`;
  const embeds = {
    tag,
    twice: tag + `<script src="${product}/widget.js?2" data-agent-id="${agent}"></script>`,
    queue: `<script>window.frontdesk=window.frontdesk||function(){(frontdesk.q=frontdesk.q||[]).push(arguments)};window.seen=[];
      for (const e of ["ready","open","close","message","answer","error"]) frontdesk("on",e,d=>seen.push([e,d]));
      frontdesk("init",{agentId:"${agent}"});</script><script src="${product}/widget.js" async></script>`,
    none: "",
  };
  const blocked = `<script>for (const name of ["localStorage","sessionStorage"]) Object.defineProperty(window,name,{get(){throw new DOMException("blocked","SecurityError")}})</script>`;
  const socket = product.replace("http", "ws");
  const policies = { strict: `${product} ${socket}`, https: product };
  const connect = policies[query("csp")];
  const told = query("csp") === "report" ? { "content-security-policy-report-only": `connect-src ${product}` } : {};
  const headers = connect ? { "content-security-policy": `default-src 'none'; script-src ${product}; connect-src ${connect}; style-src ${product}; require-trusted-types-for 'script'` } : told;
  const style = connect ? "" : `<style>${query("css") === "hostile" ? HOSTILE : CALM}</style>`;
  const lang = query("lang");
  const html = `<!doctype html><html${lang === "none" ? "" : ` lang="${lang ?? "en"}"`}${query("scheme") === "dark" ? ' class="dark"' : ""}><head><title>Harbour Lane</title>
<meta name="viewport" content="width=device-width,initial-scale=1">${style}${query("storage") === "blocked" ? blocked : ""}</head>
<body><header>Harbour Lane Veterinary</header><main><h1>We look after your animals</h1><p>Since 1987, three vets and a very patient cat.</p><p><a href="/other" id="next">Another page</a> <button id="before">Book a visit</button></p>${query("tall") ? '<div style="height:4000px"></div>' : ""}${query("place") ? '<div id="place" style="height:520px"></div>' : ""}</main>
${embeds[query("embed") ?? "tag"]}</body></html>`;
  return { html, headers };
};
