using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.Tests.Support.Models;

/// <summary>The models that several tests use.</summary>
internal static class TestModels
{
    /// <summary>y [batch, 3] is x [batch, 3], of any type.</summary>
    public static byte[] Identity(ElementType type) => new TestModel()
        .Input("x", type, -1, 3)
        .Output("y", type, -1, 3)
        .Node("Identity", ["x"], ["y"])
        .ToBytes();

    /// <summary>
    /// total [batch, 1] is the sum of x [batch, 3] plus n [batch, 1], and scaled [batch, 3] is x times n: every row has results of its
    /// own, so that rows in the wrong order are seen.
    /// </summary>
    public static byte[] TwoInputsTwoOutputs() => new TestModel()
        .Input("x", ElementType.Float, -1, 3)
        .Input("n", ElementType.Int64, -1, 1)
        .Output("total", ElementType.Float, -1, 1)
        .Output("scaled", ElementType.Float, -1, 3)
        .Constant("axis", [1L], 1)
        .Node("Cast", ["n"], ["factor"], TestModel.Attribute("to", (long)ElementType.Float))
        .Node("ReduceSum", ["x", "axis"], ["row"])
        .Node("Add", ["row", "factor"], ["total"])
        .Node("Mul", ["x", "factor"], ["scaled"])
        .ToBytes();

    /// <summary>doubled [batch, n] is twice x [batch, n], and total [batch, 1] the sum of x.</summary>
    public static byte[] OpenLength() => new TestModel()
        .Input("x", ElementType.Float, -1, -1)
        .Output("doubled", ElementType.Float, -1, -1)
        .Output("total", ElementType.Float, -1, 1)
        .Constant("axis", [1L], 1)
        .Node("Add", ["x", "x"], ["doubled"])
        .Node("ReduceSum", ["x", "axis"], ["total"])
        .ToBytes();

    /// <summary>y [batch, 3] is x [batch, 3], for which more than some rows take a buffer that no machine has memory for.</summary>
    /// <param name="most">Rows that fit.</param>
    public static byte[] LargeBatchesDoNotFit(int most) => new TestModel()
        .Input("x", ElementType.Float, -1, 3)
        .Output("y", ElementType.Float, -1, 3)
        .Constant("first", [0L], 1)
        .Constant("most", [(long)most], 1)
        .Constant("one", [1L], 1)
        .Constant("petabyte", [1L << 48], 1)
        .Node("Shape", ["x"], ["shape"])
        .Node("Gather", ["shape", "first"], ["rows"])
        .Node("Greater", ["rows", "most"], ["is_large"])
        .Node("Where", ["is_large", "petabyte", "one"], ["size"])
        .Node("ConstantOfShape", ["size"], ["zeros"])
        .Node("Add", ["x", "zeros"], ["y"])
        .ToBytes();

    /// <summary>
    /// A digit-sum model after the contract: linear layers of random weights, the same for a seed, instead of a trained network.
    /// </summary>
    public static byte[] DigitSum(int seed = 1)
    {
        var random = new Random(seed);
        float[] Weights(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
        return new TestModel()
            .Input(ModelContract.Image, ElementType.Uint8, -1, 1, MnistGeometry.Side, MnistGeometry.Side)
            .Input(ModelContract.Number, ElementType.Int64, -1, 1)
            .Output(ModelContract.Digit, ElementType.Int64, -1)
            .Output(ModelContract.DigitProbabilities, ElementType.Float, -1, ModelContract.DigitClasses)
            .Output(ModelContract.Sum, ElementType.Int64, -1)
            .Output(ModelContract.SumProbabilities, ElementType.Float, -1, ModelContract.SumClasses)
            .Constant("scale", [255f])
            .Constant("digit.weight", Weights(784 * 10), 784, 10)
            .Constant("sum.weight", Weights(20 * 19), 20, 19)
            .Constant("ten", [10L])
            .Constant("off_on", [0f, 3f], 2)
            .Node("Cast", [ModelContract.Image], ["grey"], TestModel.Attribute("to", (long)ElementType.Float))
            .Node("Div", ["grey", "scale"], ["unit"])
            .Node("Flatten", ["unit"], ["flat"])
            .Node("MatMul", ["flat", "digit.weight"], ["digit.logits"])
            .Node("Softmax", ["digit.logits"], [ModelContract.DigitProbabilities])
            .Node("ArgMax", ["digit.logits"], [ModelContract.Digit], TestModel.Attribute("axis", 1), TestModel.Attribute("keepdims", 0))
            .Node("OneHot", [ModelContract.Number, "ten", "off_on"], ["one_hot"])
            .Node("Flatten", ["one_hot"], ["addend"])
            .Node("Concat", ["digit.logits", "addend"], ["both"], TestModel.Attribute("axis", 1))
            .Node("MatMul", ["both", "sum.weight"], ["sum.logits"])
            .Node("Softmax", ["sum.logits"], [ModelContract.SumProbabilities])
            .Node("ArgMax", ["sum.logits"], [ModelContract.Sum], TestModel.Attribute("axis", 1), TestModel.Attribute("keepdims", 0))
            .ToBytes();
    }
}
