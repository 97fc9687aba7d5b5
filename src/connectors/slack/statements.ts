export { closeEdge as close, mergeNormalized as merge, openEdge as open, toldFact as fact } from '#model'

export const product = { vendor_name: 'Slack', name: 'Slack Audit Logs' }
