// A receiver with net/http: FANFARE_WEBHOOK_SECRET=whsec_… PORT=3000 go run ./example
//
// Answers 200 to what verifies, once for each event, and 400 with the reason to anything else.
package main

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	fanfare "fanfare.io/webhooks-go"
)

type receiver struct {
	// Several during a rotation.
	secrets []string
	// Deliveries come at least once. A real receiver keeps the ids in its database, in the same
	// transaction as what it does with the event.
	lock sync.Mutex
	seen map[string]bool
}

func (r *receiver) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	// The raw body: it is verified before it is parsed.
	body, err := io.ReadAll(http.MaxBytesReader(writer, request.Body, 1<<20))
	if err != nil {
		answer(writer, http.StatusBadRequest, map[string]any{"error": "body_unreadable"})
		return
	}
	event, err := fanfare.Verify(body, request.Header, r.secrets, fanfare.DefaultTolerance)
	var refusal *fanfare.Error
	if errors.As(err, &refusal) {
		log.Printf("refused: %v", refusal)
		answer(writer, http.StatusBadRequest, map[string]any{"error": refusal.Reason, "hint": refusal.Hint})
		return
	}
	r.lock.Lock()
	duplicate := r.seen[event.ID]
	r.seen[event.ID] = true
	r.lock.Unlock()
	if !duplicate {
		handle(event)
	}
	answer(writer, http.StatusOK, map[string]any{"received": event.ID, "duplicate": duplicate})
}

func handle(event fanfare.Event) {
	switch data := event.Payload().(type) {
	case *fanfare.OrderPaid:
		log.Printf("order %s is paid: %s", data.OrderID, data.TotalAmount)
	case *fanfare.DistributionWinnerSelected:
		log.Printf("%s has won", data.ConsumerID)
	default:
		// Also the types that come with later versions.
		log.Printf("%s: nothing to do", event.Type)
	}
}

func answer(writer http.ResponseWriter, status int, said map[string]any) {
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(status)
	if err := json.NewEncoder(writer).Encode(said); err != nil {
		log.Print(err)
	}
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "3000"
	}
	secrets := strings.Split(os.Getenv("FANFARE_WEBHOOK_SECRET"), ",")
	mux := http.NewServeMux()
	mux.Handle("/webhooks", &receiver{secrets: secrets, seen: map[string]bool{}})
	server := &http.Server{Addr: "127.0.0.1:" + port, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
