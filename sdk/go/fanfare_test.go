package fanfare

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

type sharedCase struct {
	Name       string            `json:"name"`
	Body       string            `json:"body"`
	BodyBase64 string            `json:"body_base64"`
	Parsed     any               `json:"parsed"`
	Headers    map[string]string `json:"headers"`
	Secrets    []string          `json:"secrets"`
	Now        int64             `json:"now"`
	Tolerance  *int64            `json:"tolerance"`
	Require    string            `json:"require"`
	CGI        bool              `json:"cgi"`
	Expect     map[string]any    `json:"expect"`
}

type shared struct {
	Cases       []sharedCase `json:"cases"`
	TestHeaders []struct {
		Body      string            `json:"body"`
		Secret    string            `json:"secret"`
		Timestamp int64             `json:"timestamp"`
		Expect    map[string]string `json:"expect"`
	} `json:"test_headers"`
}

func load(t *testing.T) shared {
	t.Helper()
	text, err := os.ReadFile("../vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var read shared
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// An object that was parsed cannot be passed here, and net/http has no CGI names: those are left
// out.
func TestSharedVectors(t *testing.T) {
	count := 0
	for _, it := range load(t).Cases {
		if it.Parsed != nil || it.CGI {
			continue
		}
		count++
		if said := judge(t, it); !reflect.DeepEqual(said, it.Expect) {
			t.Errorf("%s: %v instead of %v", it.Name, said, it.Expect)
		}
	}
	if count < 100 {
		t.Errorf("only %d vectors", count)
	}
}

func judge(t *testing.T, it sharedCase) map[string]any {
	t.Helper()
	body := []byte(it.Body)
	if it.BodyBase64 != "" {
		body, _ = base64.StdEncoding.DecodeString(it.BodyBase64)
	}
	// As they are, so that names are found in any case.
	header := http.Header{}
	for name, value := range it.Headers {
		header[name] = []string{value}
	}
	tolerance := DefaultTolerance
	if it.Tolerance != nil {
		// A duration ends at 292 years.
		tolerance = time.Duration(1<<63 - 1)
		if *it.Tolerance < int64(tolerance/time.Second) {
			tolerance = time.Duration(*it.Tolerance) * time.Second
		}
	}
	policy := map[string]Require{"": RequireAuto, "any": RequireAny, "standard": RequireStandard}
	now := func() time.Time { return time.Unix(it.Now, 0) }
	event, err := Verify(body, header, it.Secrets, tolerance, Options{Require: policy[it.Require], Now: now})
	if err == nil {
		known := payloadOf(event.Type) != nil
		return map[string]any{"type": event.Type, "id": event.ID, "known": known}
	}
	var refusal *Error
	if !errors.As(err, &refusal) {
		t.Fatalf("%s: %v is no *Error", it.Name, err)
	}
	said := map[string]any{"reason": string(refusal.Reason)}
	if refusal.Hint != "" {
		said["hint"] = string(refusal.Hint)
	}
	if refusal.Header != "" {
		said["header"] = refusal.Header
	}
	return said
}

func TestHeadersForTestsAreThoseOfADelivery(t *testing.T) {
	for _, it := range load(t).TestHeaders {
		made, err := TestHeaders([]byte(it.Body), it.Secret, time.Unix(it.Timestamp, 0))
		if err != nil {
			t.Fatal(err)
		}
		said := map[string]string{}
		for name := range made {
			said[strings.ToLower(name)] = made.Get(name)
		}
		if !reflect.DeepEqual(said, it.Expect) {
			t.Errorf("%v instead of %v", said, it.Expect)
		}
	}
}

func TestEveryExampleHasAStructOfItsOwn(t *testing.T) {
	count := 0
	for _, it := range load(t).Cases {
		if !strings.HasPrefix(it.Name, "example of ") {
			continue
		}
		count++
		event, err := parse([]byte(it.Body))
		if err != nil || event.Payload() == nil {
			t.Errorf("%s is not read: %v", it.Name, err)
		}
	}
	if count != 19 {
		t.Errorf("%d examples instead of 19", count)
	}
	odd := Event{Type: TypeOrderPaid, Data: json.RawMessage(`{"order_id":17}`)}
	if odd.Payload() != nil {
		t.Error("a form that is not known gives nil")
	}
}

func TestAMessageSaysWhatToDo(t *testing.T) {
	secret := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	body := []byte(load(t).TestHeaders[0].Body)
	header, err := TestHeaders(body, secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(body, header, []string{secret}, DefaultTolerance); err != nil {
		t.Error(err)
	}
	_, err = Verify(append(body, '\n'), header, []string{secret}, DefaultTolerance)
	if err == nil || !strings.HasSuffix(err.Error(), "so pass the raw bytes") {
		t.Error(err)
	}
	_, err = Verify(body, nil, []string{secret}, DefaultTolerance)
	if err == nil || !strings.HasSuffix(err.Error(), "(webhook-signature)") {
		t.Error(err)
	}
}
