import { aws } from './aws.ts'
import { github, githubOpenToAll } from './github.ts'
import { google } from './google.ts'
import { entra } from './directory.ts'
import { crowdstrike, fleet } from './hosts.ts'
import { anthropic, litellm, openai } from './models.ts'
import { huggingface } from './huggingface.ts'
import { kubernetes } from './kubernetes.ts'
import { okta, oktaSignsIn, type Login } from './okta.ts'
import { postgres } from './postgres.ts'
import { slack } from './slack.ts'
import type { Found, Loot, Opened, Prober, Targets } from './types.ts'

export type { Found, Loot, Opened, Right, Target, Targets } from './types.ts'

const probers: Readonly<Record<string, Prober>> = {
  anthropic,
  aws,
  crowdstrike,
  entra,
  fleet,
  github,
  google,
  huggingface,
  kubernetes,
  litellm,
  okta,
  openai,
  postgres,
  slack,
}

/**
 * What a secret really opens, by trying it on every system over the wire, as a thief would. This folder imports nothing of
 * Cordon or of the twins: what it says is the ground truth that Cordon is measured by. It reads and asks; where a right
 * can be shown by naming what is not there, it names that, so nothing is changed.
 */
export async function probe(targets: Targets, loot: Loot): Promise<Found> {
  const all: Found = { opens: [], makes: [] }
  for (const [system, target] of Object.entries(targets)) {
    const prober = probers[system]
    // A system that nobody tries would count as one that nothing opens.
    if (prober === undefined) throw new Error(`no prober for ${system}`)
    const found = await prober(target, loot)
    all.opens.push(...found.opens)
    all.makes.push(...found.makes)
  }
  return all
}

/** What answers to whoever asks, without any secret: no theft opens it. */
export const openToAll = async ({ github: target }: Targets): Promise<Opened[]> =>
  target === undefined ? [] : githubOpenToAll(target)

/** An account by its login, where people sign in: at Okta. Undefined: there is no such system. */
export const signsIn = async ({ okta: target }: Targets, login: Login): Promise<boolean | undefined> =>
  target === undefined ? undefined : oktaSignsIn(target, login)
