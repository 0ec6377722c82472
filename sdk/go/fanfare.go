// Package fanfare verifies the webhooks of Fanfare.
//
// Verify gives the event of a delivery, or an *Error with a Reason that names the likely mistake.
// TestHeaders makes the headers of a delivery for your tests.
package fanfare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// Event is an event of Fanfare.
type Event struct {
	// ID is the same on every attempt: remember it.
	ID string `json:"id"`
	// Type is one of the Type constants, or newer than this version.
	Type string `json:"type"`
	// Timestamp is when it happened, RFC 3339 in UTC.
	Timestamp string `json:"timestamp"`
	// OrganizationID says whose event it is.
	OrganizationID string `json:"organization_id"`
	// Data is what happened, as it came.
	Data json.RawMessage `json:"data"`
}

// Payload gives the data as the struct of its type (*OrderPaid and so on), or nil for a type or a
// form that this version does not know.
func (event Event) Payload() any {
	payload := payloadOf(event.Type)
	if payload == nil || json.Unmarshal(event.Data, payload) != nil {
		return nil
	}
	return payload
}

// Error says why a delivery was refused. It is safe to log: it repeats no secret, body or
// signature.
type Error struct {
	// Reason is what is wrong: a code that is the same in every language.
	Reason Reason
	// Hint, with ReasonSignatureMismatch, is what probably made it differ.
	Hint Hint
	// Header, with ReasonMissingHeader, says which one.
	Header string
}

// Error says it in a sentence.
func (refusal *Error) Error() string {
	text := messageOfReason[refusal.Reason]
	if refusal.Header != "" {
		text += fmt.Sprintf(" (%s)", refusal.Header)
	}
	if refusal.Hint != "" {
		text += ": " + messageOfHint[refusal.Hint]
	}
	return text
}

// Require says which signature has to verify.
type Require int

const (
	// RequireAuto wants webhook-signature, unless one of the secrets cannot make it; then
	// X-Fanfare-Signature, if the delivery has nothing better.
	RequireAuto Require = iota
	// RequireStandard only takes webhook-signature, which protects against replay.
	RequireStandard
	// RequireAny takes X-Fanfare-Signature also when webhook-signature is absent but should not be.
	RequireAny
)

// DefaultTolerance is how far the signed time may lie from now, either way, unless told.
const DefaultTolerance = 300 * time.Second

// Options say how to verify. The zero value is right for most.
type Options struct {
	// Require says which signature has to verify.
	Require Require
	// Now gives the time, for tests; time.Now when nil.
	Now func() time.Time
}

const (
	maxHeaderLength = 4096
	maxSignatures   = 16
	maxSeconds      = 1_000_000_000_000_000
)

var (
	standardForm  = regexp.MustCompile(`\Av1,[A-Za-z0-9+/]{43}=\z`)
	fanfareForm   = regexp.MustCompile(`\Asha256=[0-9a-f]{64}\z`)
	timestampForm = regexp.MustCompile(`\A-?[0-9]+\z`)
	rewritten     = regexp.MustCompile(`[\r\n]|\\/|\\u`)
)

// Verify verifies a delivery and gives its event. The body is the raw body, before anything has
// parsed it; several secrets are for a rotation; the signed time may lie up to tolerance from now,
// either way. Every error is an *Error.
func Verify(body []byte, header http.Header, secrets []string, tolerance time.Duration, options ...Options) (Event, error) {
	var chosen Options
	if len(options) > 0 {
		chosen = options[0]
	}
	if refusal := checkSecrets(secrets); refusal != nil {
		return Event{}, refusal
	}
	if len(body) == 0 {
		return Event{}, &Error{Reason: ReasonEmptyBody}
	}
	keys := standardKeys(secrets)
	only := chosen.Require == RequireStandard || (chosen.Require == RequireAuto && len(keys) == len(secrets))
	if only && len(keys) == 0 {
		return Event{}, &Error{Reason: ReasonSecretMalformed}
	}
	var refusal *Error
	if only || (len(keys) > 0 && value(header, "webhook-signature") != "") {
		refusal = verifyStandard(body, header, keys, tolerance, chosen)
	} else {
		refusal = verifyFanfare(body, header, secrets)
	}
	if refusal != nil {
		return Event{}, refusal
	}
	return parse(body)
}

func verifyStandard(body []byte, header http.Header, keys [][]byte, tolerance time.Duration, options Options) *Error {
	values := make([]string, 3)
	for at, name := range []string{"webhook-signature", "webhook-id", "webhook-timestamp"} {
		if values[at] = value(header, name); values[at] == "" {
			return &Error{Reason: ReasonMissingHeader, Header: name}
		}
	}
	signature, id, timestamp := values[0], values[1], values[2]
	if !timestampForm.MatchString(timestamp) {
		return &Error{Reason: ReasonTimestampInvalid}
	}
	items, candidates := 0, []string{}
	for _, item := range strings.Split(signature, " ") {
		if item != "" {
			items++
		}
		if standardForm.MatchString(item) {
			candidates = append(candidates, item)
		}
	}
	if len(candidates) == 0 || items > maxSignatures || len(signature) > maxHeaderLength {
		return &Error{Reason: ReasonMalformedSignature}
	}
	expected := make([]string, 0, len(keys))
	for _, key := range keys {
		expected = append(expected, signStandard(key, id, timestamp, body))
	}
	if !anyMatch(expected, candidates) {
		return mismatch(body)
	}
	now := time.Now
	if options.Now != nil {
		now = options.Now
	}
	return checkTime(seconds(timestamp), now().Unix(), tolerance)
}

func checkTime(sent, now int64, tolerance time.Duration) *Error {
	allowed := int64(tolerance / time.Second)
	if allowed < 0 {
		allowed = 0
	}
	if now-sent > allowed {
		return &Error{Reason: ReasonTimestampTooOld}
	}
	if sent-now > allowed {
		return &Error{Reason: ReasonTimestampInFuture}
	}
	return nil
}

func verifyFanfare(body []byte, header http.Header, secrets []string) *Error {
	signature := value(header, "x-fanfare-signature")
	if signature == "" {
		return &Error{Reason: ReasonMissingHeader, Header: "x-fanfare-signature"}
	}
	if !fanfareForm.MatchString(signature) {
		return &Error{Reason: ReasonMalformedSignature}
	}
	expected := make([]string, 0, len(secrets))
	for _, secret := range secrets {
		expected = append(expected, signFanfare(secret, body))
	}
	if !anyMatch(expected, []string{signature}) {
		return mismatch(body)
	}
	return nil
}

// value is the first of a header, whose name is found in any case; empty when it is absent.
func value(header http.Header, name string) string {
	if found := header.Get(name); found != "" {
		return found
	}
	for key, values := range header {
		if len(values) > 0 && strings.EqualFold(key, name) {
			return values[0]
		}
	}
	return ""
}

// seconds is the number that a timestamp says; one that is beyond all reason stays beyond it.
func seconds(timestamp string) int64 {
	digits := strings.TrimPrefix(timestamp, "-")
	var sum int64
	for _, digit := range digits {
		if sum = sum*10 + int64(digit-'0'); sum > maxSeconds {
			sum = maxSeconds
			break
		}
	}
	if len(digits) < len(timestamp) {
		return -sum
	}
	return sum
}

func mismatch(body []byte) *Error {
	trimmed := bytes.Trim(body, " \t\r\n")
	looksLikeJSON := bytes.HasPrefix(trimmed, []byte("{")) && bytes.HasSuffix(trimmed, []byte("}"))
	asSent := bytes.HasPrefix(body, []byte(`{"id":"`)) && bytes.HasSuffix(body, []byte("}"))
	if looksLikeJSON && (!asSent || rewritten.Match(body)) {
		return &Error{Reason: ReasonSignatureMismatch, Hint: HintReserialisedBody}
	}
	return &Error{Reason: ReasonSignatureMismatch, Hint: HintWrongSecret}
}

func parse(body []byte) (Event, error) {
	// Go would replace what is not UTF-8 in silence.
	if !utf8.Valid(body) || !json.Valid(body) {
		return Event{}, &Error{Reason: ReasonBodyNotJson}
	}
	var members map[string]json.RawMessage
	notEvent := &Error{Reason: ReasonBodyNotEvent}
	if json.Unmarshal(body, &members) != nil {
		return Event{}, notEvent
	}
	event := Event{Data: members["data"]}
	for name, place := range map[string]*string{
		"id": &event.ID, "type": &event.Type, "timestamp": &event.Timestamp, "organization_id": &event.OrganizationID,
	} {
		text := members[name]
		if !bytes.HasPrefix(text, []byte(`"`)) || json.Unmarshal(text, place) != nil {
			return Event{}, notEvent
		}
	}
	if !bytes.HasPrefix(event.Data, []byte("{")) {
		return Event{}, notEvent
	}
	return event, nil
}
