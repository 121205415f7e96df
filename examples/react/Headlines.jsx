// Rendered on a server it is the headlines without marks, which a browser adds.

import { useState } from 'react';

const HEADLINES = ['Profit doubles at Norvik Ferries', 'Exchange halts withdrawals as losses mount'];

export function Headlines() {
  const [headlines, setHeadlines] = useState(HEADLINES);
  const [scored, setScored] = useState(0);
  return (
    <>
      <h1>Headlines</h1>
      <ul>
        {headlines.map((headline) => (
          <li key={headline}>
            <undertone-mark min-confidence="0.5" onscored={() => setScored((count) => count + 1)}>
              <a href="#story">{headline}</a>
            </undertone-mark>
          </li>
        ))}
      </ul>
      <button onClick={() => setHeadlines([...headlines, 'Court fines Orrin Bank over pricing'])}>One more</button>
      <p>Scored: {scored}</p>
    </>
  );
}
