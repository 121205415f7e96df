// The background: answers pages, and follows the sites that are allowed. It may end at any time, and keeps nothing
// that it couldn't make again.

import { api, answer } from './api.js';
import { explain, mentions, score, useOffered, useOwn } from './scoring.js';
import { followSites, markOpen, unmark } from './sites.js';
import { showBadge } from './badge.js';

answer({ score, explain, mentions, useOffered, useOwn, counted: showBadge });

api.runtime.onInstalled.addListener(followSites);
api.runtime.onStartup.addListener(followSites);
api.permissions.onAdded.addListener(async ({ origins = [] }) => {
  await followSites();
  await markOpen(origins);
});
api.permissions.onRemoved.addListener(async ({ origins = [] }) => {
  await followSites();
  await unmark(origins);
});
