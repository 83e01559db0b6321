/** How long a text is, on the air. */

/** The alphabet of 3GPP TS 23.038 §6.2.1, but for its escape. */
const GSM_7 = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà€\f^{}\\[~\]|]*$/;
/** §6.2.1.1: each is an escape and a character. */
const EXTENDED = /[€\f^{}\\[~\]|]/g;
/** Septets and 16-bit units in 140 octets (3GPP TS 23.040 §9.2.3.16). */
const GSM_7_LIMIT = 160;
const UCS_2_LIMIT = 70;

/** True for a text that is delivered, and paid for, as one. One letter outside of GSM 7-bit makes all of it UCS-2. */
export function isSinglePart(text: string): boolean {
  if (!GSM_7.test(text)) return text.length <= UCS_2_LIMIT;
  return text.length + (text.match(EXTENDED)?.length ?? 0) <= GSM_7_LIMIT;
}
