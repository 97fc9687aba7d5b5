import { h, type ComponentChild } from 'preact'

/** Parts of one page, each with an address of its own. */
export const Tabs = ({
  label,
  tabs,
  now,
}: {
  label: string
  tabs: readonly (readonly [name: string, href: string])[]
  now: string
}): ComponentChild =>
  h(
    'nav',
    { class: 'tabs', 'aria-label': label },
    h(
      'ul',
      null,
      tabs.map(([name, href]) =>
        h('li', { key: name }, h('a', { href, 'aria-current': name === now ? 'page' : undefined }, name)),
      ),
    ),
  )
