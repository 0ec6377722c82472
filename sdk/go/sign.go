package fanfare

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const secretPrefix = "whsec_"

// TestHeaders is for the tests of a receiver: the headers that a delivery of the body has. The id
// is the body's, or wh_evt_test if it has none. The error is an *Error about the secret.
func TestHeaders(body []byte, secret string, timestamp time.Time) (http.Header, error) {
	if refusal := checkSecrets([]string{secret}); refusal != nil {
		return nil, refusal
	}
	stamp := strconv.FormatInt(timestamp.Unix(), 10)
	header := http.Header{}
	header.Set("content-type", "application/json")
	header.Set("x-fanfare-signature", signFanfare(secret, body))
	header.Set("x-fanfare-timestamp", stamp)
	if key := standardKey(secret); key != nil {
		id := idOf(body)
		header.Set("webhook-id", id)
		header.Set("webhook-timestamp", stamp)
		header.Set("webhook-signature", signStandard(key, id, stamp, body))
	}
	return header, nil
}

func idOf(body []byte) string {
	var named struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(body, &named) != nil || named.ID == "" {
		return "wh_evt_test"
	}
	return named.ID
}

// checkSecrets checks every secret; nothing is trimmed or mended, because the characters are the
// key.
func checkSecrets(secrets []string) *Error {
	if len(secrets) == 0 {
		return &Error{Reason: ReasonSecretMissing}
	}
	checks := []struct {
		reason Reason
		wrong  func(secret string) bool
	}{
		{ReasonSecretMissing, func(secret string) bool { return secret == "" }},
		{ReasonSecretHasWhitespace, func(secret string) bool { return strings.ContainsAny(secret, " \t\r\n\f\v") }},
		{ReasonSecretMalformed, func(secret string) bool {
			return strings.IndexFunc(secret, func(letter rune) bool { return letter < '!' || letter > '~' }) >= 0
		}},
	}
	for _, check := range checks {
		for _, secret := range secrets {
			if check.wrong(secret) {
				return &Error{Reason: check.reason}
			}
		}
	}
	return nil
}

// standardKeys are the keys of the secrets that have one.
func standardKeys(secrets []string) [][]byte {
	var keys [][]byte
	for _, secret := range secrets {
		if key := standardKey(secret); key != nil {
			keys = append(keys, key)
		}
	}
	return keys
}

// standardKey is the key of webhook-signature: what the base64 after whsec_ stands for, if it is 24
// to 64 bytes. For any other secret there is none.
func standardKey(secret string) []byte {
	encoded := strings.TrimPrefix(secret, secretPrefix)
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || encoded == secret || len(key) < 24 || len(key) > 64 {
		return nil
	}
	return key
}

// signFanfare gives sha256= and the hex signature of the body alone; the key is the whole text.
func signFanfare(secret string, body []byte) string {
	return "sha256=" + hex.EncodeToString(sum([]byte(secret), body))
}

// signStandard gives v1, and the base64 signature of id.timestamp.body.
func signStandard(key []byte, id, timestamp string, body []byte) string {
	return "v1," + base64.StdEncoding.EncodeToString(sum(key, []byte(id+"."+timestamp+"."), body))
}

func sum(key []byte, parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, key)
	for _, part := range parts {
		mac.Write(part)
	}
	return mac.Sum(nil)
}

// anyMatch compares all with all, each in constant time; lengths may differ.
func anyMatch(expected, given []string) bool {
	matches := false
	for _, one := range expected {
		for _, other := range given {
			matches = hmac.Equal([]byte(one), []byte(other)) || matches
		}
	}
	return matches
}
