/**
 * The token lies in this tab's session storage: a reload at 3 a.m. does not sign anybody out, and closing the tab does.
 * It is sent by nothing but this console's own calls, so no other site can act with it, as with a cookie it could.
 */
const place = 'cordon.token'

export const readToken = (): string | null => sessionStorage.getItem(place)
export const keepToken = (token: string): void => sessionStorage.setItem(place, token)
export const dropToken = (): void => sessionStorage.removeItem(place)
