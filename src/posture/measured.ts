/** Of one kind, over the companies of a run: really weak, said, and said rightly. */
export type Measured = { weak: number; said: number; right: number }

/** Written by `npm run bench:posture` (docs/posture.md). What a check itself says it cannot tell is in neither count. */
export const measured: { how: string; kinds: Readonly<Record<string, Measured>> } = {
  how: '5 made-up companies of size small, seeds 2001 to 2005',
  kinds: {
    'admin-without-strong-factor': { weak: 130, said: 125, right: 125 },
    'dormant-identity': { weak: 71, said: 71, right: 71 },
    'external-channel': { weak: 25, said: 25, right: 25 },
    'old-key': { weak: 235, said: 235, right: 235 },
    'outside-collaborator': { weak: 25, said: 25, right: 25 },
    'stale-invite': { weak: 25, said: 25, right: 25 },
    'unused-grant': { weak: 72, said: 72, right: 72 },
    'unused-key': { weak: 113, said: 113, right: 113 },
  },
}
