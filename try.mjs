import { chromium } from 'playwright-core';
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox','--disable-gpu'] });
for (let i=0;i<4;i++){
const c = await b.newContext();
const p = await c.newPage();
const open=new Set();p.on('request', r=>open.add(r.url())); p.on('requestfinished', r=>open.delete(r.url())); await p.goto('http://127.0.0.1:8187/',{timeout:9000}).catch((e)=>console.log('STUCK',[...open]));
await p.getByText('Results appear here as you type.').waitFor({timeout:10000});
console.log(JSON.stringify(await p.evaluate(()=>{const r={};for(const e of performance.getEntriesByType('resource')){const n=e.name.split('/').pop(); if(/app|wasm|words|worker-thread|style/.test(n)) r[n]=[Math.round(e.startTime),Math.round(e.responseEnd)]} for (const m of performance.getEntriesByType('mark')) r[m.name]=Math.round(m.startTime); r.dcl=Math.round(performance.getEntriesByType('navigation')[0].domContentLoadedEventStart); r.res=Math.round(performance.getEntriesByType('navigation')[0].responseEnd); return r})));
await c.close();}
await b.close();
