using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML;
using MnistAdder.Onnx;
using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Tests;

public sealed class OnnxErrorTests : IDisposable
{
    private readonly MLContext _mlContext = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Shapes_inputs_and_outputs_of_names_that_the_model_has_not_are_refused_with_those_that_it_has()
    {
        void Refused(BatchedOnnxOptions options, string kind) => Assert.Contains(
            $"has no {kind} 'nobody'; it has", Assert.ThrowsAny<ArgumentException>(() => Create(options)).Message, StringComparison.Ordinal);

        var model = new BatchedOnnxOptions { ModelBytes = TestModels.TwoInputsTwoOutputs() };
        Refused(model with { Shapes = new Dictionary<string, int[]> { ["nobody"] = [1, 3] } }, "tensor");
        Refused(model with { Inputs = ["x", "nobody"] }, "input");
        Refused(model with { Outputs = ["nobody"] }, "output");
    }

    [Fact]
    public void A_shape_that_is_none_or_does_not_fit_is_refused()
    {
        void Refused(int[] shape) => Assert.Contains("'x'", Assert.ThrowsAny<ArgumentException>(() => Create(new BatchedOnnxOptions
        {
            ModelBytes = TestModels.TwoInputsTwoOutputs(),
            Shapes = new Dictionary<string, int[]> { ["x"] = shape },
        })).Message, StringComparison.Ordinal);

        Refused(null!);
        Refused([1]);
        Refused([1, 4]);
    }

    [Fact]
    public void No_model_and_two_of_them_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Create(new BatchedOnnxOptions()));
        Assert.Throws<ArgumentException>(() => Create(new BatchedOnnxOptions { ModelFile = "model.onnx", ModelBytes = [1] }));
        Assert.Throws<ArgumentException>(() => _mlContext.Transforms.ApplyOnnxModelBatched((string)null!));
        Assert.Throws<ArgumentNullException>(() => _mlContext.Transforms.ApplyOnnxModelBatched(null!, ["x"], "model.onnx"));
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(int.MaxValue)]
    public void Rows_of_more_elements_than_an_array_holds_are_refused_by_name(int size)
    {
        byte[] input = new TestModel().Input("x", ElementType.Float, -1, size, size).Output("y", ElementType.Float, -1, size, size).Node("Relu", ["x"], ["y"]).ToBytes();
        IDataView view = _mlContext.Data.LoadFromEnumerable([new Any()]);

        var exception = Assert.Throws<NotSupportedException>(() => Create(new BatchedOnnxOptions { ModelBytes = input }).Fit(view));

        Assert.Contains("'y'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("more elements", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Batches_of_more_elements_than_an_array_holds_advise_a_smaller_one()
    {
        byte[] model = new TestModel().Input("x", ElementType.Float, -1, 3000).Output("y", ElementType.Float, -1, 3000).Node("Relu", ["x"], ["y"]).ToBytes();
        IDataView view = _mlContext.Data.LoadFromEnumerable([new Any { X = new float[3000] }]);
        using var transformer = (BatchedOnnxTransformer)Create(new BatchedOnnxOptions { ModelBytes = model, Inference = new InferenceOptions { BatchSize = 1 << 20 } }).Fit(view);

        Assert.Contains("smaller batch size", Assert.Throws<NotSupportedException>(() => Table.Read(transformer.Transform(view), "y")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Create(new BatchedOnnxOptions { ModelBytes = model, Inference = new InferenceOptions { BatchSize = int.MaxValue } }));
    }

    [Fact]
    public void A_model_that_keeps_weights_in_another_file_scores_but_is_not_saved()
    {
        ModelProto model = ModelProto.Parser.ParseFrom(new TestModel()
            .Input("x", ElementType.Float, -1, 3)
            .Output("y", ElementType.Float, -1, 3)
            .Constant("w", [2f, 3f, 4f], 3)
            .Node("Mul", ["x", "w"], ["y"])
            .ToBytes());
        model.Graph.Initializer[0].FloatData.Clear();
        // external_data with the location, and data_location EXTERNAL: fields 13 and 14 of TensorProto.
        byte[] external = [0x6a, 0x17, 0x0a, 0x08, .. "location"u8, 0x12, 0x0b, .. "weights.bin"u8, 0x70, 0x01];
        model.Graph.Initializer[0].MergeFrom(external);
        string path = _folder.Write("model.onnx", model.ToByteArray());
        _folder.Write("weights.bin", MemoryMarshal.AsBytes<float>([2, 3, 4]).ToArray());
        IDataView view = Sample.View(_mlContext, 40);

        using var transformer = (BatchedOnnxTransformer)Create(new BatchedOnnxOptions { ModelFile = path, Inference = new InferenceOptions { AllowsExternalData = true } }).Fit(view);

        Assert.Equal([10f, 7.5f, 4f], ((object[])Table.Read(transformer.Transform(view), "y")[5][0]!).Cast<float>());
        var exception = Assert.Throws<NotSupportedException>(() => _mlContext.Model.Save(transformer, view.Schema, _folder["model.zip"]));
        Assert.Contains("weights in other files", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_whose_file_has_changed_is_not_saved_as_the_one_that_was_loaded()
    {
        string path = _folder.Write("model.onnx", TestModels.TwoInputsTwoOutputs());
        IDataView view = Sample.View(_mlContext, 5);
        using var transformer = (BatchedOnnxTransformer)Create(new BatchedOnnxOptions { ModelFile = path }).Fit(view);
        _folder.Write("model.onnx", TestModels.OpenLength());

        Assert.Contains(path, Assert.Throws<IOException>(() => _mlContext.Model.Save(transformer, view.Schema, _folder["model.zip"])).Message, StringComparison.Ordinal);
        Assert.Equal(5, Table.Read(transformer.Transform(view), "total").Count);
    }

    private IEstimator<ITransformer> Create(BatchedOnnxOptions options) => _mlContext.Transforms.ApplyOnnxModelBatched(options);
}
