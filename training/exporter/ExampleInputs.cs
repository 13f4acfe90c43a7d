using static TorchSharp.torch;

namespace MnistAdder.OnnxExport;

/// <summary>Examples for inputs of which only types and shapes are known.</summary>
internal static class ExampleInputs
{
    private const long OpenSize = 2; // of a dimension that is open in the model

    /// <summary>Zeros, and which of their dimensions are open.</summary>
    /// <param name="module">The module, whose device they are on.</param>
    /// <param name="inputs">The inputs, all with shapes; a dimension that nothing is known of is one of its own.</param>
    public static (Tensor[] Examples, OnnxTraceOptions Options) Of(nn.Module module, IReadOnlyList<OnnxTensorInfo> inputs)
    {
        Device device = module.parameters().FirstOrDefault()?.device ?? CPU;
        OnnxDynamicDimension[] dynamic =
        [
            .. from input in inputs
               from axis in Enumerable.Range(0, input.Shape!.Count)
               let dimension = input.Shape![axis]
               where dimension.Size is null
               select new OnnxDynamicDimension(input.Name, axis, dimension.Name ?? $"{input.Name}_{axis}"),
        ];
        Tensor[] examples =
        [
            .. inputs.Select(input => zeros([.. input.Shape!.Select(dimension => dimension.Size ?? OpenSize)], OnnxTensor.ScalarTypeOf(input.ElementType), device)),
        ];
        return (examples, new OnnxTraceOptions { InputNames = [.. inputs.Select(input => input.Name)], DynamicDimensions = dynamic });
    }
}
