%% The call, send and spawn work of ../workloads/main.lua, as an Erlang programmer writes it: plain processes, a
%% call is a message with a fresh reference and a selective receive on it. Arguments as there: NAME=SIZE...
-module(bench).
-export([main/1]).

main(Arguments) ->
    lists:foreach(fun(Argument) ->
        [Name, Size] = string:split(Argument, "="),
        measure(list_to_atom(Name), list_to_integer(Size))
    end, Arguments),
    io:format("done~n"),
    halt(0).

measure(call_1, N) ->
    Echo = spawn(fun echo/0),
    report(call_1, N, seconds(fun() -> run_callers([Echo], N) end));
measure(call_32, N) ->
    Each = N div 32,
    Echos = [spawn(fun echo/0) || _ <- lists:seq(1, 32)],
    report(call_32, 32 * Each, seconds(fun() -> run_callers(Echos, Each) end));
measure(send_4_1, N) ->
    Each = N div 4,
    Self = self(),
    Sink = spawn(fun() -> process_flag(message_queue_data, off_heap), sink(0, 4 * Each, Self) end),
    report(send_4_1, 4 * Each, seconds(fun() ->
        [spawn(fun() -> produce(Sink, Each) end) || _ <- lists:seq(1, 4)],
        receive {Sink, done} -> ok end
    end));
measure(fan_1_1000, Rounds) ->
    Echos = [spawn(fun echo/0) || _ <- lists:seq(1, 1000)],
    report(fan_1_1000, 1000 * Rounds, seconds(fun() -> fan(Echos, Rounds) end));
measure(spawn, N) ->
    report(spawn, N, seconds(fun() -> spawn_idle(N) end)).

%% One caller for each echo, all at once.
run_callers(Echos, N) ->
    Self = self(),
    Callers = [spawn(fun() -> calls(Echo, N), Self ! {self(), done} end) || Echo <- Echos],
    [receive {Caller, done} -> ok end || Caller <- Callers].

calls(_, 0) -> ok;
calls(Echo, I) ->
    {hello, I} = call(Echo, {hello, I}),
    calls(Echo, I - 1).

call(To, Request) ->
    Ref = make_ref(),
    To ! {self(), Ref, Request},
    receive {Ref, Answer} -> Answer end.

echo() ->
    receive {From, Ref, Request} -> From ! {Ref, Request} end,
    echo().

produce(_, 0) -> ok;
produce(Sink, I) ->
    Sink ! {x, I},
    produce(Sink, I - 1).

sink(N, N, Owner) -> Owner ! {self(), done};
sink(Seen, N, Owner) -> receive {x, _} -> sink(Seen + 1, N, Owner) end.

fan(_, 0) -> ok;
fan(Echos, Rounds) ->
    Self = self(),
    Asked = [begin Ref = make_ref(), Echo ! {Self, Ref, 1}, Ref end || Echo <- Echos],
    [receive {Ref, 1} -> ok end || Ref <- Asked],
    fan(Echos, Rounds - 1).

%% A new process says that it is ready, as a new service does.
spawn_idle(0) -> ok;
spawn_idle(N) ->
    Self = self(),
    Pid = spawn(fun() -> Self ! {self(), ready}, receive stop -> ok end end),
    receive {Pid, ready} -> ok end,
    spawn_idle(N - 1).

seconds(F) ->
    Start = erlang:monotonic_time(nanosecond),
    F(),
    (erlang:monotonic_time(nanosecond) - Start) / 1.0e9.

report(Name, Count, Seconds) -> io:format("~s ~b 1/s~n", [Name, round(Count / Seconds)]).
