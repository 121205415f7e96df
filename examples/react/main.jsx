import { createRoot } from 'react-dom/client';
import { defineElement } from 'undertone/element';

import { Headlines } from './Headlines.jsx';

defineElement();
createRoot(document.getElementById('app')).render(<Headlines />);
