using MnistAdder.Tests.Support.Models;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.Server.Tests;

/// <summary>The models that the tests serve.</summary>
internal static class ServerModels
{
    /// <summary>Triton's <c>simple</c>: OUTPUT0 is INPUT0 + INPUT1, OUTPUT1 their difference, 16 integers a row.</summary>
    public static byte[] Simple() => new TestModel()
        .Input("INPUT0", ElementType.Int32, -1, 16)
        .Input("INPUT1", ElementType.Int32, -1, 16)
        .Output("OUTPUT0", ElementType.Int32, -1, 16)
        .Output("OUTPUT1", ElementType.Int32, -1, 16)
        .Node("Add", ["INPUT0", "INPUT1"], ["OUTPUT0"])
        .Node("Sub", ["INPUT0", "INPUT1"], ["OUTPUT1"])
        .ToBytes();

    /// <summary>y is x, of any type and any number of rows and columns.</summary>
    public static byte[] Identity(ElementType type) => new TestModel()
        .Input("x", type, -1, -1)
        .Output("y", type, -1, -1)
        .Node("Identity", ["x"], ["y"])
        .ToBytes();

    /// <summary>y is x, of any type and any length.</summary>
    public static byte[] Line(ElementType type) => new TestModel()
        .Input("x", type, -1)
        .Output("y", type, -1)
        .Node("Identity", ["x"], ["y"])
        .ToBytes();

    /// <summary>y [batch, 2] is x [batch, 2] less the mean of all rows: no row stands for itself.</summary>
    public static byte[] LessTheMean() => new TestModel()
        .Input("x", ElementType.Float, -1, 2)
        .Output("y", ElementType.Float, -1, 2)
        .Node("ReduceMean", ["x"], ["mean"], TestModel.Attribute("axes", [0L]))
        .Node("Sub", ["x", "mean"], ["y"])
        .ToBytes();

    /// <summary>y [batch, 2] is the row of a table of three that i [batch, 1] names: a number beyond it fails the run.</summary>
    public static byte[] TableOfThree() => new TestModel()
        .Input("i", ElementType.Int64, -1)
        .Output("y", ElementType.Float, -1, 2)
        .Constant("table", [0f, 1, 10, 11, 20, 21], 3, 2)
        .Node("Gather", ["table", "i"], ["y"])
        .ToBytes();
}
