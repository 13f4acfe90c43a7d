using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace MnistAdder.Server.Tests;

/// <summary>A server in this process, on a port of its own, and requests to it over a real socket.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly ModelServer _server;

    private RunningServer(ModelServer server, TemporaryFolder folder)
    {
        (_server, _folder) = (server, folder);
        Url = new Uri(server.Urls.First());
        Client = new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(60) };
    }

    public Uri Url { get; }

    public HttpClient Client { get; }

    public ModelServer Server => _server;

    /// <summary>Starts one.</summary>
    /// <param name="models">Names and contents of ONNX files.</param>
    /// <param name="settings">Other settings, as KEY=VALUE; a key without a section is one of the server's.</param>
    public static Task<RunningServer> Start((string Name, byte[] Onnx)[] models, params string[] settings) => StartAt("http://127.0.0.1:0", models, settings);

    /// <summary>Starts one at an address, where one may have been before.</summary>
    public static async Task<RunningServer> StartAt(string url, (string Name, byte[] Onnx)[] models, params string[] settings)
    {
        var folder = new TemporaryFolder();
        var all = new Dictionary<string, string?> { ["urls"] = url, ["Logging:LogLevel:Default"] = "None", ["Serve:Provider"] = "Cpu", ["Serve:Grace"] = "0.1" };
        foreach ((string name, byte[] onnx) in models)
        {
            string file = folder[$"{name}.onnx"];
            await File.WriteAllBytesAsync(file, onnx);
            all[$"Serve:Models:{name}"] = file;
        }

        foreach (string[] setting in settings.Select(setting => setting.Split('=', 2)))
            all[setting[0].Contains(':', StringComparison.Ordinal) ? setting[0] : $"Serve:{setting[0]}"] = setting[1];
        ModelServer server = ModelServer.Create(all, () => throw new InvalidOperationException("A test names its models."));
        await server.Start(CancellationToken.None);
        return new RunningServer(server, folder);
    }

    /// <summary>Posts JSON.</summary>
    public async Task<(int Status, JsonElement Json)> Post(string path, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await Client.PostAsync(path, content);
        return ((int)response.StatusCode, Parse(await response.Content.ReadAsStringAsync()));
    }

    /// <summary>Asks for JSON.</summary>
    public async Task<(int Status, JsonElement Json)> Get(string path)
    {
        using HttpResponseMessage response = await Client.GetAsync(path);
        return ((int)response.StatusCode, Parse(await response.Content.ReadAsStringAsync()));
    }

    /// <summary>Posts JSON with bytes behind it, and gets such an answer.</summary>
    public async Task<(int Status, JsonElement Json, byte[] Bytes)> PostBinary(string path, string json, params byte[][] tensors)
    {
        byte[] head = Encoding.UTF8.GetBytes(json);
        using var content = new ByteArrayContent([.. head, .. tensors.SelectMany(tensor => tensor)]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add("Inference-Header-Content-Length", $"{head.Length}");
        using HttpResponseMessage response = await Client.PostAsync(path, content);
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        int length = response.Headers.TryGetValues("Inference-Header-Content-Length", out IEnumerable<string>? values) ? int.Parse(values.Single()) : body.Length;
        return ((int)response.StatusCode, Parse(Encoding.UTF8.GetString(body, 0, length)), body[length..]);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.Stop();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private static JsonElement Parse(string text) => text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
}
