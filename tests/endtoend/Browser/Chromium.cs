using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MnistAdder.EndToEnd.Tests.Browser;

/// <summary>A headless Chromium with one tab, steered through its own DevTools protocol.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    public const string Program = "/usr/bin/chromium";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);
    private readonly TemporaryFolder _profile = new();
    private readonly ClientWebSocket _socket = new();
    private readonly List<JsonElement> _events = [];
    private readonly CancellationTokenSource _patience = new(s_patience);
    private readonly RunningProgram _browser;
    private int _lastId;

    private Chromium() => _browser = RunningProgram.StartCommand(
        Program,
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--remote-debugging-port=0", $"--user-data-dir={_profile.Path}", "about:blank",
        ]);

    /// <summary>What the tab reported so far, in order: an event's <c>method</c> and <c>params</c>.</summary>
    public IReadOnlyList<JsonElement> Events => _events;

    public static async Task<Chromium> StartAsync()
    {
        var chromium = new Chromium();
        try
        {
            await chromium.ConnectAsync();
            return chromium;
        }
        catch
        {
            await chromium.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a page and waits until it has loaded.</summary>
    public async Task OpenAsync(string url)
    {
        JsonElement navigation = await SendAsync("Page.navigate", new JsonObject { ["url"] = url });
        string? loader = navigation.GetProperty("loaderId").GetString();
        while (!_events.Exists(IsLoaded))
            await ReceiveAsync();

        bool IsLoaded(JsonElement one) =>
            one.GetProperty("method").GetString() == "Page.lifecycleEvent"
            && one.GetProperty("params").GetProperty("name").GetString() == "load"
            && one.GetProperty("params").GetProperty("loaderId").GetString() == loader;
    }

    /// <summary>Gives a script's value as JSON; undefined where it has none.</summary>
    public async Task<JsonElement> EvaluateAsync(string script)
    {
        JsonElement answer = await SendAsync("Runtime.evaluate", new JsonObject { ["expression"] = script, ["returnByValue"] = true });
        Assert.False(answer.TryGetProperty("exceptionDetails", out JsonElement mistake), mistake.ToString());
        return answer.GetProperty("result").TryGetProperty("value", out JsonElement value) ? value : default;
    }

    /// <summary>Sends a command of the protocol and waits for its result.</summary>
    public async Task<JsonElement> SendAsync(string method, JsonObject? parameters = null)
    {
        int id = ++_lastId;
        var command = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(command), WebSocketMessageType.Text, endOfMessage: true, _patience.Token);
        while (true)
        {
            JsonElement message = await ReceiveAsync();
            if (!message.TryGetProperty("id", out JsonElement answered) || answered.GetInt32() != id)
                continue;
            Assert.False(message.TryGetProperty("error", out JsonElement error), $"{method}: {error}");
            return message.GetProperty("result");
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_socket.State == WebSocketState.Open)
            {
                await SendAsync("Browser.close");
                _browser.WaitForExit();
            }
        }
        catch (Exception error) when (error is OperationCanceledException or WebSocketException or TimeoutException)
        {
            // A browser that doesn't listen is killed; what the test has to say of it matters more.
        }

        _browser.Dispose();
        _socket.Dispose();
        _patience.Dispose();
        _profile.Dispose();
    }

    private async Task ConnectAsync()
    {
        string port = await PortAsync();
        using var http = new HttpClient();
        JsonElement[] targets = (await http.GetFromJsonAsync<JsonElement[]>($"http://127.0.0.1:{port}/json/list", _patience.Token))!;
        JsonElement tab = targets.First(target => target.GetProperty("type").GetString() == "page");
        await _socket.ConnectAsync(new Uri(tab.GetProperty("webSocketDebuggerUrl").GetString()!), _patience.Token);
        foreach (string domain in (string[])["Page", "Network", "Log", "Runtime"])
            await SendAsync($"{domain}.enable");
        await SendAsync("Page.setLifecycleEventsEnabled", new JsonObject { ["enabled"] = true });
    }

    // Chromium says which port it took in a file of its profile.
    private async Task<string> PortAsync()
    {
        string file = _profile["DevToolsActivePort"];
        while (true)
        {
            string[] lines = File.Exists(file) ? await File.ReadAllLinesAsync(file, _patience.Token) : [];
            if (lines.Length > 1)
                return lines[0];
            await Task.Delay(20, _patience.Token);
        }
    }

    private async Task<JsonElement> ReceiveAsync()
    {
        var buffer = new byte[1 << 16];
        using var message = new MemoryStream();
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, _patience.Token);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);

        JsonElement received = JsonSerializer.Deserialize<JsonElement>(message.GetBuffer().AsSpan(0, (int)message.Length));
        if (received.TryGetProperty("method", out _))
            _events.Add(received);
        return received;
    }
}
