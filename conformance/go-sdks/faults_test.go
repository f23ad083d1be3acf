package gosdks

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/openai/openai-go/v3"

	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	openaioption "github.com/openai/openai-go/v3/option"
)

const faultHeader = "x-standin-fault"

// events is what an SDK's stream is, whatever its events are.
type events interface {
	Next() bool
	Err() error
}

// read is all events as JSON, and the error that ends them.
func read(stream events, current func() string) ([]string, error) {
	all := []string{}
	for stream.Next() {
		all = append(all, current())
	}
	return all, stream.Err()
}

// streamed are the streams of each endpoint, with a fault or without.
var streamed = map[string]func(t *testing.T, one object, fault string) ([]string, error){
	"chat": func(t *testing.T, one object, fault string) ([]string, error) {
		body, options := chat(t, one)
		stream := oai.Chat.Completions.NewStreaming(within(t), body, append(options, faulty(fault))...)
		return read(stream, func() string { return stream.Current().RawJSON() })
	},
	"responses": func(t *testing.T, one object, fault string) ([]string, error) {
		body, options := response(t, one)
		stream := oai.Responses.NewStreaming(within(t), body, append(options, faulty(fault))...)
		return read(stream, func() string { return stream.Current().RawJSON() })
	},
	"messages": func(t *testing.T, one object, fault string) ([]string, error) {
		body, options := betaMessage(t, one)
		stream := claude.Beta.Messages.NewStreaming(
			within(t), body, append(options, anthropicoption.WithHeader(faultHeader, fault))...)
		return read(stream, func() string { return stream.Current().RawJSON() })
	},
}

func faulty(fault string) openaioption.RequestOption {
	return openaioption.WithHeader(faultHeader, fault)
}

// Whoever reads the bytes as they come is told the same, however they come.
func TestStreamsInPieces(t *testing.T) {
	for endpoint, stream := range streamed {
		t.Run(endpoint, func(t *testing.T) {
			each(t, endpoint, func(t *testing.T, one object) {
				usual, ended := stream(t, one, "none")
				for _, fault := range []string{"split", "split=7", "crlf", "drip=512/1ms"} {
					got, err := stream(t, one, fault)
					if fmt.Sprint(err) != fmt.Sprint(ended) {
						t.Errorf("%s: %v, not %v", fault, err, ended)
					}
					sameJSON(t, got, usual)
				}
			})
		})
	}
}

// faultyText is the stream of a text with a fault in it, and how many events came that belong to the usual ones.
func faultyText(t *testing.T, endpoint, fault string) (int, error) {
	t.Helper()
	one := objectOf(t, endpoint, "text")
	usual, err := streamed[endpoint](t, one, "none")
	if err != nil {
		t.Fatal(err)
	}
	got, err := streamed[endpoint](t, one, fault)
	if len(got) == 0 || len(got) >= len(usual) {
		t.Fatalf("%d of %d events", len(got), len(usual))
	}
	sameJSON(t, got, usual[:len(got)])
	return len(got), err
}

func TestStreamsThatBreakOff(t *testing.T) {
	for endpoint := range streamed {
		t.Run(endpoint+"/clean", func(t *testing.T) {
			if _, err := faultyText(t, endpoint, "truncate,after=4"); err != nil {
				t.Errorf("an early end is %v", err)
			}
		})
		for _, fault := range []string{"close,after=4", "cut,after=4"} {
			t.Run(endpoint+"/"+fault, func(t *testing.T) {
				if _, err := faultyText(t, endpoint, fault); !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%T: %v", err, err)
				}
			})
		}
		t.Run(endpoint+"/reset", func(t *testing.T) {
			_, err := faultyText(t, endpoint, "reset,after=4")
			if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%T: %v", err, err)
			}
		})
		t.Run(endpoint+"/error", func(t *testing.T) {
			_, err := faultyText(t, endpoint, `error=503,after=4,type=overload,message="Come again"`)
			if err == nil || !strings.Contains(err.Error(), "overload") || !strings.Contains(err.Error(), "Come again") {
				t.Errorf("%T: %v", err, err)
			}
		})
		t.Run(endpoint+"/malformed", func(t *testing.T) {
			if _, err := faultyText(t, endpoint, "malformed,after=4"); err == nil {
				t.Error("broken JSON is read")
			}
		})
	}
}

// Each asks until it is answered or gives up.
var asking = map[string]func(t *testing.T, fault string) error{
	"openai": func(t *testing.T, fault string) error {
		body, options := chat(t, objectOf(t, "chat", "text"))
		session := openaioption.WithHeader("x-standin-session", session(t))
		_, err := oai.Chat.Completions.New(within(t), body, append(options, session, faulty(fault))...)
		return err
	},
	"anthropic": func(t *testing.T, fault string) error {
		body, _ := message(t, objectOf(t, "messages", "text"))
		session := anthropicoption.WithHeader("x-standin-session", session(t))
		_, err := claude.Messages.New(within(t), body, session, anthropicoption.WithHeader(faultHeader, fault))
		return err
	},
}

func TestFaultsOfEachStatus(t *testing.T) {
	for name, ask := range asking {
		for status, expected := range attempts {
			t.Run(fmt.Sprintf("%s/%d", name, status), func(t *testing.T) {
				control(t, "DELETE", "journal", nil)
				err := ask(t, fmt.Sprintf("status=%d,retry-after=1ms", status))
				var (
					ofOpenAI    *openai.Error
					ofAnthropic *anthropic.Error
				)
				told := errors.As(err, &ofOpenAI) && ofOpenAI.StatusCode == status ||
					errors.As(err, &ofAnthropic) && ofAnthropic.StatusCode == status
				if count := asked(t); !told || count != expected {
					t.Errorf("%d attempts: %v", count, err)
				}
			})
		}
	}
}

func TestFaultsThatPass(t *testing.T) {
	for name, ask := range asking {
		for fault, expected := range map[string]int{
			"status=503,retry-after=1ms,first=2": 3,
			"reset,first=1":                      2,
			"close,first=1":                      2,
		} {
			t.Run(name+"/"+fault, func(t *testing.T) {
				control(t, "DELETE", "journal", nil)
				err := ask(t, fault)
				if count := asked(t); err != nil || count != expected {
					t.Errorf("%d attempts: %v", count, err)
				}
			})
		}
	}
}
