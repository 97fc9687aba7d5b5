/** Of one kind, over the companies of a run: really weak, said, and said rightly. */
export type Measured = { weak: number; said: number; right: number }

/** Written by `npm run bench:posture` (docs/posture.md). What a check itself says it cannot tell is in neither count. */
export const measured: { how: string; kinds: Readonly<Record<string, Measured>> } = {
  how: '5 made-up companies of size small, seeds 2001 to 2005 (npm run bench:posture)',
  kinds: {
    'admin-without-strong-factor': { weak: 135, said: 135, right: 135 },
    'cross-account-trust': { weak: 25, said: 25, right: 25 },
    'default-account-rights': { weak: 25, said: 25, right: 25 },
    'dormant-identity': { weak: 71, said: 71, right: 71 },
    'ended-contractor-alive': { weak: 25, said: 25, right: 25 },
    'endless-secret': { weak: 25, said: 25, right: 25 },
    'external-channel': { weak: 25, said: 25, right: 25 },
    'foreign-federation': { weak: 25, said: 25, right: 25 },
    'fork-readable-secret': { weak: 25, said: 25, right: 25 },
    'guest-owner': { weak: 25, said: 25, right: 25 },
    'human-size-rights': { weak: 105, said: 110, right: 105 },
    'leaver-alive': { weak: 100, said: 100, right: 100 },
    'legacy-token': { weak: 25, said: 25, right: 25 },
    'old-key': { weak: 235, said: 235, right: 235 },
    'one-person-app': { weak: 25, said: 25, right: 25 },
    'org-wide-secret': { weak: 30, said: 30, right: 30 },
    'outside-collaborator': { weak: 25, said: 25, right: 25 },
    'retired-integration': { weak: 25, said: 25, right: 25 },
    'secret-in-repository': { weak: 25, said: 25, right: 25 },
    'stale-invite': { weak: 25, said: 25, right: 25 },
    'toxic-combination': { weak: 25, said: 25, right: 25 },
    'unbounded-key': { weak: 25, said: 25, right: 25 },
    'unowned-app': { weak: 25, said: 25, right: 25 },
    'unpinned-workflow': { weak: 25, said: 25, right: 25 },
    'unused-grant': { weak: 72, said: 72, right: 72 },
    'unused-key': { weak: 113, said: 113, right: 113 },
    'unverified-app': { weak: 25, said: 25, right: 25 },
    'wildcard-role': { weak: 25, said: 25, right: 25 },
    'writable-deploy-key': { weak: 25, said: 25, right: 25 },
  },
}
