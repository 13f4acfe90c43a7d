using MnistAdder.OnnxBatching.Independence.Flows;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.OnnxBatching.Independence.Operators;

/// <summary>Operators that compute element by element.</summary>
internal static class ElementRules
{
    private const string Runtime = "com.microsoft", Classical = "ai.onnx.ml";

    public static void AddTo(Dictionary<(string, string), Operation.Rule> rules)
    {
        // One operand; further inputs are parameters of all elements.
        rules.Add("", Unary, "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BitwiseNot", "Ceil", "Celu", "Clip", "Cos", "Cosh", "Elu", "Erf", "Exp",
            "Floor", "Gelu", "HardSigmoid", "HardSwish", "IsInf", "IsNaN", "LeakyRelu", "Log", "Mish", "Neg", "Not", "Reciprocal", "Relu", "Round", "Selu", "Shrink",
            "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Swish", "Tan", "Tanh", "ThresholdedRelu", "Affine", "ParametricSoftplus",
            "ScaledTanh", "RegexFullMatch");
        rules.Add(Runtime, Unary, "Gelu", "QuickGelu", "QLinearSigmoid", "QLinearLeakyRelu", "MurmurHash3");
        rules.Add(Classical, Unary, "Binarizer", "LabelEncoder", "CategoryMapper");
        rules.Add("", Dropout, "Dropout");
        rules.Add("", operation => [Converted(operation)], "CastLike");
        rules.Add("", operation => IsWide(operation) ? Operation.Placing(wide => [Converted(wide)])(operation) : [Converted(operation)], "Cast");
        rules.Add("", Identity, "Identity");

        rules.Add("", Combined, "And", "BitShift", "BitwiseAnd", "BitwiseOr", "BitwiseXor", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Max", "Mean", "Min", "Mod",
            "Or", "Pow", "PRelu", "StringConcat", "Sum", "Xor", "Add", "Sub", "Mul", "Div", "Equal", "Where");
        rules.Add(Runtime, Combined, "BiasGelu", "FastGelu");
        rules.Add(Runtime, operation => QuantizedPair(operation), "QLinearAdd", "QLinearMul");
        rules.Add("", Scaled, "QuantizeLinear", "DequantizeLinear");
        rules.Add(Runtime, Scaled, "QuantizeLinear", "DequantizeLinear");
    }

    private static Flow[] Unary(Operation operation)
    {
        for (int i = 1; i < operation.InputCount; i++)
            operation.RequireSame(i);
        Flow data = operation.Data(0);
        return [data.Shape is { } shape ? data.WithShape(shape) : Flow.Same(null)];
    }

    private static Flow[] Dropout(Operation operation)
    {
        Flow data = operation.Data(0);
        return [data, data];
    }

    // Also of texts that were filled up, and of shapes.
    private static Flow[] Identity(Operation operation) => [operation.Follow(0)];

    private static bool IsWide(Operation operation) => (ElementType)operation.Integer("to", 0) is ElementType.Int64 or ElementType.Int32;

    private static Flow Converted(Operation operation)
    {
        Flow data = operation.Follow(0);
        // What CastLike is like is only asked for its type.
        if (operation.Has(1))
            operation.Follow(1);
        var type = (ElementType)operation.Integer("to", 0);
        if (data.Elements is { } elements)
        {
            if (type is ElementType.Int64 or ElementType.Int32)
                return Flow.Of(data.Shape!, elements);
            if (type == ElementType.Bool)
                return Flow.Of(data.Shape!, [.. elements.Select(element => element.Known is { } known ? Size.Of(known == 0 ? 0 : 1) : Size.Opaque("bool", element))]);
        }

        data = operation.Data(0);
        return data.Shape is { } shape ? data.WithShape(shape) : data;
    }

    private static Flow[] Combined(Operation operation)
    {
        if (SizeArithmetic.TryCombine(operation) is { } integers)
            return [integers];
        if (operation.Inputs.Any(input => input.Kind == FlowKind.Positions))
            return [Moved(operation)];
        // Before version 7 an attribute said how shapes were lined up.
        if (operation.Attribute("broadcast") is not null)
            throw operation.Unknown("broadcasts as old versions did");
        return [Broadcasting.Combine(operation, [.. Enumerable.Range(0, operation.InputCount).Where(operation.Has).Select(operation.Data)])];
    }

    // Positions of which each row's are moved by its own, or set apart by a size.
    private static Flow Moved(Operation operation)
    {
        Flow[] operands = operation.FollowAll();
        Flow rows = operands.Length == 2 && !operands.Any(operand => operand.IsTuple || operand.Kind == FlowKind.Sizes || operand.Padding is not null)
            ? Broadcasting.Combine(operation, [.. operands.Select(operand => operand.Own)]) : throw operation.Mixed("computes with the numbers of the rows");
        (Flow left, Flow right) = operands[0].Kind == FlowKind.Positions ? (operands[0], operands[1]) : (operands[1], operands[0]);
        Size? below = left.Below == Size.One ? right.Below : right.Below == Size.One ? left.Below : null;
        return operation.Type switch
        {
            "Add" => Flow.Positions(rows, right.Kind == FlowKind.Positions ? left.Stride + right.Stride : left.Stride, below),
            "Mul" when right is { Kind: FlowKind.Same, Elements: [var size] } => Flow.Positions(rows, left.Stride * size, left.Below == Size.One ? Size.One : null),
            _ => throw operation.Mixed("computes with the numbers of the rows"),
        };
    }

    // (A, its scale and zero point, B, its scale and zero point, the result's scale and zero point)
    private static Flow[] QuantizedPair(Operation operation)
    {
        operation.RequireSame(1, 2, 4, 5, 6, 7);
        return [Broadcasting.Combine(operation, [operation.Data(0), operation.Data(3)])];
    }

    // Scales are one number, or one for each place along an axis that isn't the rows'.
    private static Flow[] Scaled(Operation operation)
    {
        operation.RequireSame(1, 2);
        Flow data = operation.Data(0);
        if (data.Kind == FlowKind.Same)
            return [Flow.Same(data.Shape)];
        Flow rows = operation.Ranked(0);
        if (operation.Ranked(1).Shape is { Length: > 0 } scales && !(scales is [{ Known: 1 }]))
        {
            if (scales.Length > 1)
                throw operation.Unknown("has blocks of scales");
            if (operation.Axis(operation.Integer("axis", 1), rows.Shape!.Length) == rows.Axis)
                throw operation.Mixed("has a scale for each of a number of rows");
        }

        return [rows.WithShape(rows.Shape!)];
    }
}
