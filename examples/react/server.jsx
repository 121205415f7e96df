import { renderToString } from 'react-dom/server';
import { defineElement } from 'undertone/element';

import { Headlines } from './Headlines.jsx';

// Does nothing here, so that what both sides import may call it.
defineElement();

export const render = () => renderToString(<Headlines />);
