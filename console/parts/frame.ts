import { h, type ComponentChildren, type ComponentChild } from 'preact'
import { useRef } from 'preact/hooks'

import { nowMs, zone } from '../clock.ts'
import { useDesk } from '../read.ts'
import { href, type Route } from '../route.ts'
import { duration, zoneWords } from '../time.ts'
import { Time } from './time.ts'

const places = [
  ['incidents', 'Incidents'],
  ['findings', 'Findings'],
  ['sources', 'Sources'],
  ['health', 'Health'],
] as const

/** What stands around every page: where one can go, whether what is shown is still true, and the way out. */
export function Frame({ route, children }: { route: Route; children: ComponentChildren }): ComponentChild {
  const { live, signOut } = useDesk()
  const main = useRef<HTMLElement>(null)
  const skip = (event: Event): void => {
    event.preventDefault()
    main.current?.focus()
  }
  return h(
    'div',
    { class: 'frame' },
    // The part after `#` is the place in the console, so this link moves the focus itself.
    h('a', { class: 'skip', href: '#main', onClick: skip }, 'Skip to content'),
    h(
      'header',
      { class: 'top' },
      h('a', { class: 'mark', href: href('sources') }, 'Cordon'),
      h(
        'nav',
        { 'aria-label': 'Console' },
        h(
          'ul',
          null,
          places.map(([page, title]) =>
            h(
              'li',
              { key: page },
              h('a', { href: href(page), 'aria-current': route.page === page ? 'page' : undefined }, title),
            ),
          ),
        ),
      ),
      h('p', { class: 'live', role: 'status' }, h(LiveWord, {})),
      h('button', { type: 'button', class: 'quiet', onClick: () => signOut(null) }, 'Sign out'),
    ),
    h(Banner, {}),
    h('main', { id: 'main', tabIndex: -1, ref: main }, children),
    h(
      'footer',
      { class: 'foot' },
      h('span', null, `Cordon ${live.health?.version ?? ''}`),
      h('span', null, `Times are ${zoneWords(zone, nowMs())}`),
    ),
  )
}

function LiveWord(): ComponentChild {
  const { state } = useDesk().live
  const words = { connecting: 'Connecting', live: 'Live', stale: 'Stale' } as const
  return h('span', { class: `word ${state === 'stale' ? 'bad' : 'plain'}` }, words[state])
}

/** What makes all that is shown less than the truth, said once and above it. */
function Banner(): ComponentChild {
  const { state, heardAtMs, problem, health } = useDesk().live
  if (state === 'stale' && problem !== null) {
    return h(
      'div',
      { class: 'banner', role: 'alert' },
      h(
        'p',
        null,
        'What is shown is stale',
        heardAtMs === null
          ? ''
          : ['; Cordon was last heard at ', h(Time, { ms: heardAtMs }), `, ${duration(nowMs() - heardAtMs)} ago`],
        `: ${problem.detail}. `,
        problem.hint ?? '',
      ),
    )
  }
  if (health === null) return null
  const says = [
    ...(health.hands ? [] : ['Hands is down: nothing is read from vendors and no step runs.']),
    ...(health.automationStopped ? ['Automation is stopped: no step starts by itself until `cordon resume`.'] : []),
    ...(health.estateLoadedPercent < 100 ? [`The estate is loading, ${health.estateLoadedPercent} %.`] : []),
  ]
  return says.length === 0
    ? null
    : h(
        'div',
        { class: 'banner' },
        says.map((text) => h('p', { key: text }, text)),
      )
}
