using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.Benchmarks.Http;

/// <summary>A model that is put behind HTTP.</summary>
/// <param name="Name">Its name in the protocol.</param>
/// <param name="Title">What the tables call it.</param>
/// <param name="File">The ONNX file.</param>
/// <param name="Row">A request of one row.</param>
internal sealed record HttpModel(string Name, string Title, string File, BinaryRequest Row)
{
    /// <summary>The name of this project's model.</summary>
    public const string Ours = "ours";

    /// <summary>The name of the one that is nearly all weights, which a run reads once whatever its rows.</summary>
    public const string Wide = "wide";

    /// <summary>Inputs of the wide model, and outputs.</summary>
    public const int Width = 2048;

    /// <summary>The released model, and a picture with a number.</summary>
    public static HttpModel CreateOurs() => new(Ours, "artifacts/pretrained/model.onnx, one picture a request", Checkout.PretrainedModel, new KnownRows(Checkout.PretrainedModel).Request([0]));

    /// <summary>Two fully connected layers of random weights, the same each time, with ReLU between.</summary>
    /// <param name="folder">Where the file is written.</param>
    public static HttpModel CreateWide(TemporaryFolder folder)
    {
        var random = new Random(1);
        float[] Numbers(int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() - 0.5) * scale))];
        double ofWeights = 4 / Math.Sqrt(Width); // keeps the outputs near to 1
        byte[] onnx = new TestModel()
            .Input("x", ElementType.Float, -1, Width)
            .Output("y", ElementType.Float, -1, Width)
            .Constant("w1", Numbers(Width * Width, ofWeights), Width, Width)
            .Constant("b1", Numbers(Width, 1), Width)
            .Constant("w2", Numbers(Width * Width, ofWeights), Width, Width)
            .Constant("b2", Numbers(Width, 1), Width)
            .Node("Gemm", ["x", "w1", "b1"], ["h"])
            .Node("Relu", ["h"], ["r"])
            .Node("Gemm", ["r", "w2", "b2"], ["y"])
            .ToBytes();
        return new HttpModel(Wide, $"two layers of {Width:N0} by {Width:N0}, one row of floats a request", folder.Write("wide.onnx", onnx), new BinaryRequest(Wide, BinaryTensor.Of("x", Numbers(Width, 2), 1, Width)));
    }
}
