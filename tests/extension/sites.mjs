// Ten kinds of news site by their structure, with headlines of our own: what is a headline on each, and what is none.

const html = (body, { head = '', lang = 'en', dir = 'ltr' } = {}) =>
  `<!doctype html><html lang="${lang}" dir="${dir}"><head><meta charset="utf-8"><title>News</title>` +
  `<link rel="icon" href="data:,"><style>body { font: 16px/1.4 sans-serif; margin: 0 auto; max-width: 1100px }` +
  `${head}</style></head><body>${body}</body></html>`;

const MENU = `<nav><ul><li><a href="/1">All the news of the world today</a></li><li><a href="/2">Money</a></li></ul></nav>`;
const FOOTER = `<footer><ul><li><a href="/t">Terms and conditions of this site</a></li></ul></footer>`;

/** Each has `html`, and in `headlines` what is to be found, in any order. */
export const SITES = {
  'a front page of articles with kickers and summaries': {
    headlines: [
      'Exchange halts withdrawals as losses mount',
      'Markets Chipmaker raises its outlook after a record quarter',
      'Ferry operator opens a second route to the islands',
    ],
    html: html(
      `${MENU}<main><h2>Latest</h2><h2>More</h2>
      <article><h2><a href="/a">Exchange halts withdrawals as losses mount</a></h2><p>Customers were told by <a href="/x">a message that named no reason at all</a> to wait until the matter is settled.</p></article>
      <article><h3><a href="/b"><span class="kicker">Markets</span><span>Chipmaker raises its outlook after a record quarter</span></a></h3><p>A summary.</p><a href="/b#c">Read the comments on this story here</a></article>
      <article><h3>Ferry operator opens a second route to the islands</h3></article></main>${FOOTER}`,
      { head: 'article { border-top: 1px solid } .kicker { color: #a00; display: block } h3 a + a { margin-left: 1em }' },
    ),
  },
  'a grid of cards that are links as a whole': {
    headlines: [
      'Brewer to publish half-year results on Thursday',
      'Steelmaker shuts its last blast furnace, 900 jobs go',
      'Wind farm builder wins its largest order so far',
    ],
    html: html(
      `<div class="grid">
      <a class="card" href="/a"><div class="image"></div><h3>Brewer to publish half-year results on Thursday</h3></a>
      <a class="card" href="/b"><div class="image"></div><h3><span>Steelmaker shuts its last blast furnace, 900 jobs go</span></h3></a>
      <a class="card" href="/c"><div class="image"></div><h3>Wind farm builder wins its largest order so far</h3></a></div>`,
      {
        head: `.grid { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1em } .image { height: 90px; background: #bcd }
        .card { overflow: hidden; position: relative; border: 1px solid } .card > :last-child { margin-bottom: 0 }
        h3 { display: flex; overflow: hidden } .card:only-child, a + a { padding-left: 3px }`,
      },
    ),
  },
  'an aggregator in a table': {
    headlines: ['Wallet provider drained of tokens in overnight hack', 'Port workers vote on the pay offer'],
    html: html(
      `<table><tr><td>1.</td><td><span class="title"><a href="/a">Wallet provider drained of tokens in overnight hack</a> <span>(example.org)</span></span></td></tr>
      <tr><td></td><td>88 points by <a href="/u">norvik</a> <a href="/i">3 hours ago</a> | <a href="/i">117 comments</a></td></tr>
      <tr><td>2.</td><td><span class="title"><a href="/b">Port workers vote on the pay offer</a> <span>(example.org)</span></span></td></tr></table>`,
    ),
  },
  'a wire in a list with times': {
    headlines: [
      'Court dismisses lawsuit against drugmaker',
      'Housing starts rise for a third month',
      'Carmaker recalls 80,000 vans over faulty brakes',
    ],
    html: html(
      `<ul><li><time>10:02</time> <a href="/a">Court dismisses lawsuit against drugmaker</a></li>
      <li><time>10:01</time> <a href="/b">Housing starts rise for a third month</a></li>
      <li><time>09:58</time> <a href="/c"><time>09:58</time>Carmaker recalls 80,000 vans over faulty brakes</a></li></ul>`,
      { head: 'li { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; width: 340px }' },
    ),
  },
  'an article with related stories': {
    headlines: ['Insurer names new head of claims', 'Regulator fines lender over hidden fees'],
    html: html(
      `${MENU}<article itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">Insurer names new head of claims</h1>
      <p>The board said so after <a href="/x">a meeting that lasted for two days</a>, without a word on the reasons.</p>
      <h2>What happens next in this matter</h2><p>Nothing yet.</p>
      <aside><ul><li><a href="/r">Regulator fines lender over hidden fees</a></li></ul></aside></article>
      <section role="dialog"><h2><a href="/p">We value your privacy and cookies</a></h2></section>`,
    ),
  },
  'a weblog without articles': {
    headlines: ['Retail chain files for bankruptcy protection', 'Software group beats expectations and lifts forecast'],
    html: html(
      `<div class="post"><h2 class="title"><a href="/a">Retail chain files for bankruptcy protection</a></h2><p>Text of <a href="/n">one more post of last week</a>, and more of it that goes on for a while.</p></div>
      <div class="post"><h2 class="title"><a href="/b">Software group beats expectations and lifts forecast</a></h2></div>`,
      { head: '.title { float: left; width: 200px } .post { overflow: auto }' },
    ),
  },
  'components with shadow trees, open and closed': {
    headlines: ['Start-up raises 40 million to recycle batteries', 'Airline restores its dividend after four years'],
    html: html(
      `<news-card data-mode="open" data-text="Start-up raises 40 million to recycle batteries"></news-card>
      <news-card data-mode="closed" data-text="Airline restores its dividend after four years"></news-card>
      <script>setTimeout(() => customElements.define('news-card', class extends HTMLElement {
        connectedCallback() {
          const root = this.attachShadow({ mode: this.dataset.mode });
          const [heading, link] = ['h3', 'a'].map((name) => document.createElement(name));
          link.href = '/s';
          link.textContent = this.dataset.text;
          heading.append(link);
          root.append(heading);
        }
      }), 300)</script>`,
    ),
  },
  'a portal of divisions, without a word of structure': {
    headlines: [
      'Grocer’s profit falls by a third as shoppers trade down',
      'Central bank leaves its rates unchanged',
      'Bitcoin slides below support as funds withdraw',
    ],
    html: html(
      `<div role="navigation"><a href="/1">Everything about sports of last week</a></div><div class="box">
      <div class="row"><a href="/a">Grocer’s profit falls by a third as shoppers trade down</a></div>
      <div class="row"><a href="/b">Central bank leaves its rates unchanged</a></div>
      <div class="row"><a href="/c">Bitcoin slides below support as funds withdraw</a></div></div>
      <div class="once"><a href="/once">Sign up to our letter of the morning</a></div>`,
      { head: '.row { display: inline-block; width: 250px; margin-right: 8px; vertical-align: top }' },
    ),
  },
  'a page from right to left, on a dark ground': {
    headlines: ['ارتفاع أرباح البنك في الربع الأول', 'Exchange halts withdrawals as losses mount'],
    html: html(
      `<main><article><h2><a href="/a">ارتفاع أرباح البنك في الربع الأول</a></h2></article>
      <article><h2><a href="/b">Exchange halts withdrawals as losses mount</a></h2></article></main>`,
      { lang: 'ar', dir: 'rtl', head: 'body { background: #111; color: #eee } a { color: #9cf }' },
    ),
  },
  'an application with headings by role, whose list grows and changes': {
    headlines: ['Tesla beats profit forecasts and raises its outlook', 'Bitcoin surges to a record high as inflows soar'],
    html: html(
      `<div id="app" role="list"></div><script>
      const item = (text) => {
        const [row, heading] = ['div', 'div'].map((name) => document.createElement(name));
        row.setAttribute('role', 'listitem');
        heading.setAttribute('role', 'heading');
        heading.setAttribute('aria-level', 3);
        heading.textContent = text;
        row.append(heading);
        return row;
      };
      const app = document.querySelector('#app');
      app.append(item('Tesla beats profit forecasts and raises its outlook'));
      globalThis.more = (...texts) => app.append(...texts.map(item));
      globalThis.navigate = (...texts) => {
        history.pushState(null, '', '/elsewhere');
        app.replaceChildren(...texts.map(item));
      };
      setTimeout(() => more('Bitcoin surges to a record high as inflows soar'), 100);</script>`,
    ),
  },
};

/** Ten thousand headings. */
export const MANY = html(
  '<main></main><script>document.querySelector("main").append(...Array.from({ length: 10000 }, (_, index) => {' +
    'const heading = document.createElement("h2"); const link = document.createElement("a"); link.href = "/" + index;' +
    'link.textContent = "Profit of firm " + index + " falls by a tenth"; heading.append(link); return heading }))</script>',
);

/** A page that changes all the time, wipes marks away, and says so in its heading. */
export const RESTLESS = html(
  `<article><h2 id="wiped"><a href="/a">Exchange halts withdrawals as losses mount</a></h2></article>
  <article><h2 id="ticker">Bitcoin at 100 dollars or so</h2></article><div id="noise"></div><script>
  let count = 0;
  const tick = () => {
    count += 1;
    document.querySelector('#ticker').textContent = 'Bitcoin at ' + count + ' dollars or so';
    const noise = document.createElement('p');
    noise.textContent = 'Noise ' + count;
    document.querySelector('#noise').replaceChildren(noise);
    if (count % 50 === 0) {
      const wiped = document.querySelector('#wiped a');
      wiped.textContent = wiped.textContent;
    }
    globalThis.ticks = count;
    setTimeout(tick);
  };
  tick();</script>`,
);

/** A page that allows nothing. */
export const STRICT = {
  html: html('<article><h2><a href="/a">Exchange halts withdrawals as losses mount</a></h2></article>'),
  headers: {
    'Content-Security-Policy': "default-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'; sandbox",
  },
};
