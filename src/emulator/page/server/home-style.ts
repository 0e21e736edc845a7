/** Styles of the page at `/`, light and dark. */
export const HOME_STYLE = `
:root {
  color-scheme: light dark;
  --back: light-dark(#f4f5f8, #14161b);
  --card: light-dark(#fff, #1d2027);
  --line: light-dark(#dcdfe6, #343944);
  --text: light-dark(#1c2130, #e6e8ee);
  --quiet: light-dark(#5a6274, #9aa3b5);
  --accent: light-dark(#2f55d4, #8aa5ff);
  --good: light-dark(#11703a, #5fd394);
  --bad: light-dark(#b3261e, #ff8a80);
  font: 15px/1.45 system-ui, sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); }
header, main { max-width: 1200px; margin: 0 auto; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem 1.2rem; padding-top: 1rem; }
h1 { font-size: 1.3rem; margin: 0; }
h2 { font-size: 1rem; margin: 0; }
p { margin: 0; }
header p { color: var(--quiet); }
#connection { margin-left: auto; }
#connection::before { content: "●"; margin-right: .35rem; }
#connection.live { color: var(--good); }
#connection.lost, .bad { color: var(--bad); }
main { display: grid; gap: 1rem; padding-block: 1rem 2rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .9rem 1rem; min-width: 0; }
section > :not(:first-child) { margin-top: .7rem; }
section > p:empty { display: none; }
[hidden] { display: none !important; }
.quiet, .id, time { color: var(--quiet); }
.id { font: 12px/1.4 ui-monospace, monospace; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
form { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; }
form label { display: grid; grid-template-columns: minmax(0, 1fr); gap: .15rem; flex: 1 1 12rem; color: var(--quiet); font-size: .87rem; }
input, select, button, .open { font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .35rem .7rem; }
input, select { height: 2.3rem; max-width: 100%; }
button, .open { cursor: pointer; text-decoration: none; display: inline-block; white-space: nowrap; }
button:hover, .open:hover { border-color: var(--accent); }
form button, .open { background: var(--accent); border-color: var(--accent); color: light-dark(#fff, #10131c); }
button:disabled { opacity: .55; cursor: default; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.scrolls { overflow-x: auto; position: relative; }
table { width: 100%; min-width: 48rem; border-collapse: collapse; }
th { text-align: left; font-weight: 500; font-size: .87rem; color: var(--quiet); }
th, td { padding: .45rem .8rem .45rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding: .45rem 0 .45rem .5rem; text-align: right; white-space: nowrap; position: sticky; right: 0; background: var(--card); }
tbody tr:last-child td { border-bottom: 0; }
td > div + div { font-size: .87rem; }
td div { overflow-wrap: anywhere; min-width: 5rem; }
td .id { min-width: 7.2rem; }
td .name { font-weight: 600; min-width: 10rem; }
td .badge { min-width: 7.5rem; }
td .age { min-width: 3.5rem; }
td:last-child > * + * { margin-left: .4rem; }
tr.ended .name { font-weight: 400; }
.badge { white-space: nowrap; color: var(--quiet); }
.active .badge { color: var(--good); font-weight: 600; }
.person { display: inline-block; border: 1px solid var(--line); border-radius: 99px; padding: 0 .55rem; margin: 0 .3rem .2rem 0; font-size: .87rem; max-width: 11rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; vertical-align: bottom; }
.person.pal { border-color: var(--accent); color: var(--accent); }
ul, ol { list-style: none; padding: 0; margin: 0; }
#rooms li { display: flex; flex-wrap: wrap; gap: .3rem .8rem; align-items: center; padding: .35rem 0; overflow-wrap: anywhere; }
#rooms .open { padding-block: .1rem; }
#faults li { display: flex; flex-wrap: wrap; gap: 0 .8rem; padding: .15rem 0; overflow-wrap: anywhere; }
#faults .hits { font-family: ui-monospace, monospace; }
.title-line { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: .5rem; }
.title-line label { color: var(--quiet); font-size: .87rem; }
#activity { max-height: 34rem; overflow: auto; font: 12.5px/1.5 ui-monospace, monospace; border-radius: 6px; }
#activity li { border-bottom: 1px solid var(--line); }
#activity summary, #activity .plain { padding: .25rem 0 .25rem 1.1rem; display: flex; gap: .2rem .8rem; flex-wrap: wrap; }
#activity summary { cursor: pointer; position: relative; }
#activity summary::before { content: "▸"; position: absolute; left: .1rem; color: var(--quiet); }
#activity [open] > summary::before { content: "▾"; }
#activity .kind { width: 4.8rem; color: var(--accent); }
#activity .title { flex: 1 1 22rem; overflow-wrap: anywhere; }
#activity pre { margin: 0 0 .4rem 1.1rem; padding: .5rem .7rem; background: var(--back); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
`;
