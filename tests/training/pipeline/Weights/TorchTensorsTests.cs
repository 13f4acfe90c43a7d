using MnistAdder.Training.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Tests.Weights;

[Collection(TorchGenerator.Tests)]
public sealed class TorchTensorsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(ScalarType.Bool)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    public void A_tensor_of_any_common_type_comes_back_equal(ScalarType type)
    {
        Tensor tensor = arange(6).reshape(2, 3).to(type);
        Tensor copy = TorchTensors.ToTorch(TorchTensors.FromTorch("w", tensor));
        Assert.Equal(type, copy.dtype);
        Assert.True(copy.equal(tensor).all().item<bool>());
    }

    [Fact]
    public void A_transposed_tensor_is_copied_in_row_order()
    {
        Tensor transposed = tensor(new byte[,] { { 1, 2, 3 }, { 4, 5, 6 } }).t();
        SafetensorsTensor copy = TorchTensors.FromTorch("w", transposed);
        Assert.Equal([3, 2], copy.Shape);
        Assert.Equal([1, 4, 2, 5, 3, 6], copy.Data.ToArray());
    }

    [Fact]
    public void A_single_number_and_an_empty_tensor_come_back()
    {
        Assert.Equal(7L, TorchTensors.ToTorch(TorchTensors.FromTorch("steps", tensor(7L))).item<long>());
        Assert.Equal([0, 3], TorchTensors.ToTorch(TorchTensors.FromTorch("none", zeros(0, 3))).shape);
    }

    [Fact]
    public void A_network_takes_over_anothers_weights_through_a_file()
    {
        using Sequential source = Network(width: 4), target = Network(width: 4);
        Tensor input = randn(5, 3);
        source.call(input);

        TorchTensors.Load(target.state_dict(), Through(source), "weights.safetensors", "this test");

        source.eval();
        target.eval();
        Assert.True(source.call(input).equal(target.call(input)).all().item<bool>());
        Assert.All(target.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Fact]
    public void Weights_of_another_network_are_refused_with_the_differences_and_nothing_is_changed()
    {
        using Sequential source = Network(width: 4), target = Network(width: 5);
        Dictionary<string, Tensor> state = target.state_dict();
        Tensor before = state["out.bias"].clone();
        SafetensorsContent content = Through(source);
        SafetensorsTensor[] tensors = [.. content.Tensors.Where(tensor => tensor.Name != "out.bias"), new("extra", SafetensorsType.U8, [1], new byte[1])];

        Exception error = Assert.Throws<InvalidDataException>(() => TorchTensors.Load(state, content with { Tensors = tensors }, "weights.safetensors", "this test"));

        Assert.Equal(
            "weights.safetensors is not of the network of this test: 'in.weight' is F32 [4, 3] and should be F32 [5, 3]; "
            + "'in.bias' is F32 [4] and should be F32 [5]; 'norm.weight' is F32 [4] and should be F32 [5]; "
            + "'norm.bias' is F32 [4] and should be F32 [5]; and 5 more.",
            error.Message);
        Assert.Equal(
            ["'out.bias' is missing", "'norm.running_mean' is F32 [4] and should be F32 [5]", "'norm.running_var' is F32 [4] and should be F32 [5]", "'extra' is unknown"],
            TorchTensors.Differences(state, content with { Tensors = tensors }).TakeLast(4));
        Assert.True(state["out.bias"].equal(before).all().item<bool>());
    }

    [Fact]
    public void Elements_of_another_type_are_refused()
    {
        var state = new Dictionary<string, Tensor> { ["w"] = zeros(2) };
        var content = new SafetensorsContent([new("w", SafetensorsType.F64, [2], new byte[16])], new Dictionary<string, string>());
        Exception error = Assert.Throws<InvalidDataException>(() => TorchTensors.Load(state, content, "weights.safetensors", "this test"));
        Assert.Equal("weights.safetensors is not of the network of this test: 'w' is F64 [2] and should be F32 [2].", error.Message);
    }

    [Fact]
    public void Types_that_one_side_lacks_are_refused_by_name()
    {
        Exception toFile = Assert.Throws<ArgumentException>(() => TorchTensors.FromTorch("w", zeros(2, dtype: ScalarType.ComplexFloat64)));
        Assert.StartsWith(
            "Tensor 'w' has elements of type ComplexFloat64, which a safetensors file can't hold.", toFile.Message, StringComparison.Ordinal);

        SafetensorsTensor unsigned = new("w", SafetensorsType.Find("U64")!, [1], new byte[8]);
        Exception fromFile = Assert.Throws<InvalidDataException>(() => TorchTensors.ToTorch(unsigned));
        Assert.Equal("Tensor 'w' has elements of type U64, which TorchSharp lacks.", fromFile.Message);
    }

    private static Sequential Network(int width) => nn.Sequential(
        ("in", nn.Linear(3, width)), ("norm", nn.BatchNorm1d(width)), ("out", nn.Linear(width, 2)));

    private static SafetensorsContent Through(Sequential network)
    {
        using var stream = new MemoryStream();
        SafetensorsFile.Write(stream, TorchTensors.FromTorch(network.state_dict()));
        return SafetensorsFile.Read(stream, "weights.safetensors");
    }
}
