using System.Globalization;
using System.Text;
using MnistAdder.Fuzzing;
using MnistAdder.Server.Protocol;

namespace MnistAdder.Server.Tests.Fuzzing;

/// <summary>Bodies of inference requests, with a line before each that says how much of it is JSON.</summary>
internal sealed class InferenceTarget() : FuzzTarget("inference", new FuzzLimits(ManagedBytes: 16 << 20))
{
    private const long MaxTensor = 1 << 20;

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        Body("""{"id":"a","inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","data":[1,2.5,-3e2,4,5,6]},{"name":"n","shape":[2],"datatype":"INT64","data":[[1],[2]]}],"outputs":[{"name":"y","parameters":{"binary_data":true}}]}"""),
        Body("""{"inputs":[{"name":"s","shape":[1,2],"datatype":"BYTES","data":["a","\u00e4\n"]},{"name":"b","shape":[3],"datatype":"BOOL","data":[true,false,true]}],"parameters":{"binary_data_output":true}}"""),
        Body("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"UINT8","parameters":{"binary_data_size":2}},{"name":"s","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":11}}]}""", 7, 200, 3, 0, 0, 0, 65, 66, 67, 0, 0, 0, 0),
        Body("""{"inputs":[{"name":"h","shape":[2],"datatype":"FP16","parameters":{"binary_data_size":4}},{"name":"e","shape":[0,9],"datatype":"FP64","data":[]}]}""", 1, 2, 3, 4),
    ];

    /// <inheritdoc/>
    public override bool Parse(byte[] input)
    {
        int line = Math.Max(0, Array.IndexOf(input, (byte)'\n'));
        int? length = int.TryParse(Encoding.ASCII.GetString(input, 0, line), NumberStyles.None, CultureInfo.InvariantCulture, out int parsed) ? parsed : null;
        InferenceRequest request = RequestReader.Read(input.AsMemory(Math.Min(line + 1, input.Length)), length, MaxTensor);
        foreach (Tensor tensor in request.Inputs)
        {
            long elements = tensor.Shape.Aggregate(1L, (product, size) => product * size);
            FuzzException.Require(elements >= 0, "A shape is negative.");
            FuzzException.Require(tensor.Type.IsBytes ? Tensor.Skip(tensor.Data.Span, 0, (int)elements) == tensor.Data.Length : tensor.Data.Length == elements * tensor.Type.Size, "The elements don't fill the shape.");
        }

        FuzzException.Require(request.Inputs.Select(tensor => tensor.Name).Distinct().Count() == request.Inputs.Count, "A name is there twice.");
        return true;
    }

    /// <inheritdoc/>
    public override bool IsDocumented(Exception exception) => exception is ProtocolException { Status: 400 };

    /// <inheritdoc/>
    public override byte[]? EditFormat(byte[] input, Mutator mutator)
    {
        string text = Encoding.Latin1.GetString(input);
        int begin = text.IndexOf('\n', StringComparison.Ordinal) + 1, end = text.LastIndexOf('}') + 1;
        if (begin == 0 || end <= begin)
            return null;
        string json = JsonEdits.Edit(text[begin..end], mutator);
        return Encoding.Latin1.GetBytes($"{(mutator.OneIn(8) ? text[..(begin - 1)] : json.Length.ToString(CultureInfo.InvariantCulture))}\n{json}{text[end..]}");
    }

    private static byte[] Body(string json, params byte[] binary) => [.. Encoding.UTF8.GetBytes($"{json.Length}\n{json}"), .. binary];
}
