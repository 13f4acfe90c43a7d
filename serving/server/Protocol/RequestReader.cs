using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace MnistAdder.Server.Protocol;

/// <summary>Reads the body of an inference request: JSON, and behind it the bytes of tensors that aren't in it.</summary>
/// <remarks>
/// Members that the protocol doesn't have are skipped; those that it has must be of its types. Parameters that would change the answer and
/// aren't followed here are refused.
/// </remarks>
internal ref struct RequestReader
{
    private static readonly string[] s_refused = ["classification", "shared_memory_region", "sequence_id"];

    private readonly ReadOnlyMemory<byte> _binary;
    private readonly long _maxTensor;
    private int _binaryRead;
    private Utf8JsonReader _json;

    private RequestReader(ReadOnlyMemory<byte> body, int jsonLength, long maxTensor)
    {
        _maxTensor = maxTensor;
        _json = new Utf8JsonReader(body.Span[..jsonLength], new JsonReaderOptions { MaxDepth = DataReader.Deepest });
        _binary = body[jsonLength..];
    }

    /// <summary>Reads a body.</summary>
    /// <param name="body">All of it; the request's tensors may be parts of it.</param>
    /// <param name="jsonLength">The bytes of it that are JSON, by the client's header; null for all.</param>
    /// <param name="maxTensor">Most bytes of a tensor.</param>
    /// <exception cref="ProtocolException">It isn't such a request.</exception>
    public static InferenceRequest Read(ReadOnlyMemory<byte> body, int? jsonLength, long maxTensor)
    {
        if (jsonLength < 0 || jsonLength > body.Length)
            throw ProtocolException.Bad($"The header says that {jsonLength} bytes are JSON, and the body has {body.Length}.");
        var reader = new RequestReader(body, jsonLength ?? body.Length, maxTensor);
        try
        {
            return reader.Read();
        }
        catch (JsonException error)
        {
            throw ProtocolException.Bad($"The body isn't JSON: {error.Message}");
        }
    }

    private InferenceRequest Read()
    {
        string? id = null;
        List<Tensor>? inputs = null;
        List<RequestedOutput>? outputs = null;
        bool? wantsBinary = null;
        _json.Read();
        Require(JsonTokenType.StartObject, "The request", "an object");
        while (Next(out string? member))
        {
            switch (member)
            {
                case "id":
                    id = Text("'id'");
                    break;
                case "inputs" when inputs is null:
                    inputs = ReadInputs();
                    break;
                case "outputs" when outputs is null:
                    outputs = ReadOutputs();
                    break;
                case "inputs" or "outputs":
                    throw ProtocolException.Bad($"The request has '{member}' twice.");
                case "parameters":
                    wantsBinary = ReadParameters("The request's").BinaryOutput;
                    break;
                default:
                    _json.Skip();
                    break;
            }
        }

        // Whatever else there is makes the reader throw.
        _json.Read();
        if (inputs is null)
            throw ProtocolException.Bad("The request has no 'inputs'.");
        RequireOnce("input", inputs.Select(input => input.Name));
        RequireOnce("output", (outputs ?? []).Select(output => output.Name));
        if (_binaryRead != _binary.Length)
            throw ProtocolException.Bad($"The body has {_binary.Length} bytes behind its JSON, and the inputs take {_binaryRead} of them.");
        return new InferenceRequest(id, inputs, outputs is { Count: > 0 } ? outputs : null, wantsBinary ?? false);
    }

    private List<Tensor> ReadInputs()
    {
        Require(JsonTokenType.StartArray, "'inputs'", "an array");
        List<Tensor> inputs = [];
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
            inputs.Add(ReadInput());
        return inputs;
    }

    // Its data may come before what says how to read it, so that it is looked at again.
    private Tensor ReadInput()
    {
        Require(JsonTokenType.StartObject, "An input", "an object");
        string? name = null, datatype = null;
        long[]? shape = null;
        long? binarySize = null;
        Utf8JsonReader data = default;
        int dataLength = -1;
        while (Next(out string? member))
        {
            switch (member)
            {
                case "name":
                    name = Text("An input's 'name'");
                    break;
                case "datatype":
                    datatype = Text("An input's 'datatype'");
                    break;
                case "shape":
                    shape = ReadShape();
                    break;
                case "data":
                    data = _json;
                    _json.Skip();
                    dataLength = (int)(_json.BytesConsumed - data.BytesConsumed);
                    break;
                case "parameters":
                    binarySize = ReadParameters("An input's").BinarySize;
                    break;
                default:
                    _json.Skip();
                    break;
            }
        }

        if (name is null)
            throw ProtocolException.Bad("An input has no 'name'.");
        if (datatype is null || shape is null)
            throw ProtocolException.Bad($"The input '{name}' has no '{(shape is null ? "shape" : "datatype")}'.");
        TensorType type = TensorType.Named(datatype) ?? throw ProtocolException.Bad($"The input '{name}' has the unknown datatype '{datatype}'.");
        int elements = Tensor.Elements(name, shape);
        if ((long)elements * (type.IsBytes ? Tensor.LengthBytes : type.Size) > _maxTensor)
            throw ProtocolException.Bad($"The input '{name}' has {elements} elements of {type.Name}, which are more than the {_maxTensor} bytes that a tensor may have.");
        if (dataLength >= 0 == binarySize is not null)
            throw ProtocolException.Bad($"The input '{name}' has {(binarySize is null ? "neither 'data' nor" : "both 'data' and")} 'binary_data_size'.");
        return new Tensor(name, type, shape, binarySize is { } size ? TakeBinary(name, type, elements, size) : DataReader.Read(ref data, dataLength, name, type, shape, elements));
    }

    private ReadOnlyMemory<byte> TakeBinary(string name, TensorType type, int elements, long size)
    {
        int left = _binary.Length - _binaryRead;
        if (size < 0 || size > left)
            throw ProtocolException.Bad($"The input '{name}' has a 'binary_data_size' of {size}, and the body has {left} bytes left for it.");
        ReadOnlyMemory<byte> data = _binary.Slice(_binaryRead, (int)size);
        _binaryRead += (int)size;
        if (type.IsBytes ? Tensor.Skip(data.Span, 0, elements) != size : (long)elements * type.Size != size)
            throw ProtocolException.Bad($"The input '{name}' has {size} bytes, which aren't {elements} elements of {type.Name}.");
        return data;
    }

    private long[] ReadShape()
    {
        Require(JsonTokenType.StartArray, "An input's 'shape'", "an array");
        List<long> shape = [];
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out long size))
                throw ProtocolException.Bad("An input's 'shape' has a dimension that isn't a whole number of 64 bits.");
            shape.Add(size);
        }

        return [.. shape];
    }

    private List<RequestedOutput> ReadOutputs()
    {
        Require(JsonTokenType.StartArray, "'outputs'", "an array");
        List<RequestedOutput> outputs = [];
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            Require(JsonTokenType.StartObject, "An output", "an object");
            string? name = null;
            bool isBinary = false;
            while (Next(out string? member))
            {
                if (member == "name")
                    name = Text("An output's 'name'");
                else if (member == "parameters")
                    isBinary = ReadParameters("An output's").Binary ?? false;
                else
                    _json.Skip();
            }

            outputs.Add(new RequestedOutput(name ?? throw ProtocolException.Bad("An output has no 'name'."), isBinary));
        }

        return outputs;
    }

    private Parameters ReadParameters(string whose)
    {
        Require(JsonTokenType.StartObject, $"{whose} 'parameters'", "an object");
        Parameters parameters = default;
        while (Next(out string? member))
        {
            switch (member)
            {
                case "binary_data_size":
                    if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out long size))
                        throw ProtocolException.Bad("'binary_data_size' isn't a whole number.");
                    parameters.BinarySize = size;
                    break;
                case "binary_data":
                    parameters.Binary = Truth("'binary_data'");
                    break;
                case "binary_data_output":
                    parameters.BinaryOutput = Truth("'binary_data_output'");
                    break;
                case not null when s_refused.Contains(member):
                    throw ProtocolException.Bad($"{whose} parameter '{member}' asks for an extension that this server doesn't have.");
                default:
                    _json.Skip();
                    break;
            }
        }

        return parameters;
    }

    // Goes to the next member's value. One that is null is as good as none.
    private bool Next([NotNullWhen(true)] out string? member)
    {
        while (true)
        {
            _json.Read();
            if (_json.TokenType == JsonTokenType.EndObject)
            {
                member = null;
                return false;
            }

            member = Text("A member's name");
            _json.Read();
            if (_json.TokenType != JsonTokenType.Null)
                return true;
        }
    }

    private string Text(string what)
    {
        if (_json.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
            throw ProtocolException.Bad($"{what} isn't a string.");
        try
        {
            return _json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw ProtocolException.Bad($"{what} isn't valid UTF-8.");
        }
    }

    private readonly bool Truth(string what) => _json.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw ProtocolException.Bad($"{what} isn't true or false."),
    };

    private readonly void Require(JsonTokenType token, string what, string kind)
    {
        if (_json.TokenType != token)
            throw ProtocolException.Bad($"{what} isn't {kind}.");
    }

    private static void RequireOnce(string kind, IEnumerable<string> names)
    {
        if (names.GroupBy(name => name).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw ProtocolException.Bad($"The {kind} '{twice.Key}' is named {twice.Count()} times.");
    }

    private record struct Parameters(long? BinarySize, bool? Binary, bool? BinaryOutput);
}
