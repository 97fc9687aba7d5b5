export { closeEdge as close, mergeNormalized as merge, openEdge as open, toldFact as fact } from '#model'
export { timeMs } from '#sources/contract'

export const product = { vendor_name: 'Okta', name: 'Okta System Log' }
