using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace MnistAdder.Benchmarks.Http;

/// <summary>A request whose tensors are bytes both ways, and its answer.</summary>
internal sealed class BinaryRequest
{
    private readonly int _jsonLength;

    /// <param name="model">The model's name.</param>
    /// <param name="inputs">Its inputs, in its own order.</param>
    public BinaryRequest(string model, params BinaryTensor[] inputs)
    {
        Path = $"/v2/models/{model}/infer";
        byte[] json = BinaryTensor.Json(inputs, "inputs", new JsonObject { ["parameters"] = new JsonObject { ["binary_data_output"] = true } });
        _jsonLength = json.Length;
        Body = [.. json, .. inputs.SelectMany(input => input.Data.ToArray())];
    }

    /// <summary>What is asked for of a server.</summary>
    public string Path { get; }

    /// <summary>JSON and tensors.</summary>
    public byte[] Body { get; }

    /// <summary>The headers beside the body's length.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers =>
        [("Content-Type", "application/octet-stream"), (BinaryTensor.JsonLengthHeader, _jsonLength.ToString(CultureInfo.InvariantCulture))];

    /// <summary>The request as HTTP/1.1 has it.</summary>
    /// <param name="server">The server's address.</param>
    public byte[] ToBytes(Uri server)
    {
        string headers = string.Concat(Headers.Select(header => $"{header.Name}: {header.Value}\r\n"));
        return [.. Encoding.ASCII.GetBytes($"POST {Path} HTTP/1.1\r\nHost: {server.Authority}\r\n{headers}Content-Length: {Body.Length}\r\n\r\n"), .. Body];
    }

    /// <summary>The request for a client; its content is to be disposed by who sends it.</summary>
    /// <param name="content">The body, where it isn't to be sent as usual.</param>
    public HttpRequestMessage ToMessage(HttpContent? content = null)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, Path) { Content = content ?? new ByteArrayContent(Body) };
        foreach ((string name, string value) in Headers)
            message.Content.Headers.Add(name, value);
        return message;
    }

    /// <summary>The tensors of an answer that is 200.</summary>
    public static async Task<BinaryTensor[]> Read(HttpResponseMessage response) => BinaryTensor.Read(
        await response.Content.ReadAsByteArrayAsync(),
        int.Parse(response.Headers.GetValues(BinaryTensor.JsonLengthHeader).Single(), NumberStyles.None, CultureInfo.InvariantCulture));
}
